// What the callers of a soak ask for, and what they must get.
import type { ErrorCode } from '../../lib/core/errors.ts';

export interface Scenario {
  readonly name: string;
  /** The directive for the simulator; empty for no fault. */
  readonly fault: string;
  /** What the caller must get from a stream, and from an answer in one piece. */
  readonly stream: Expectation;
  readonly whole: Expectation;
}

/** The whole text, one of these errors, or nothing, because the caller leaves. */
export type Expectation = 'text' | readonly ErrorCode[] | 'leaves';

const healthy: Scenario = { name: 'healthy', fault: '', stream: 'text', whole: 'text' };

const faulty: readonly Scenario[] = [
  {
    name: 'cut in the middle',
    fault: 'cut_after_frames=3',
    stream: ['upstream_truncated'],
    whole: ['upstream_unreachable'],
  },
  {
    name: 'silent in the middle',
    fault: 'stall_after_frames=3',
    stream: ['upstream_idle_timeout'],
    whole: ['upstream_timeout'],
  },
  { name: 'no end', fault: 'omit_is_end', stream: ['upstream_truncated'], whole: 'text' },
  { name: 'busy once', fault: 'error_code=336100 times=1', stream: 'text', whole: 'text' },
  { name: 'reset once', fault: 'reset times=1', stream: 'text', whole: 'text' },
  { name: 'refused', fault: 'error_code=336003', stream: ['invalid_parameter'], whole: ['invalid_parameter'] },
  {
    name: 'error in the middle',
    fault: 'error_after_frames=3 error_code=336000',
    stream: ['internal_error'],
    whole: ['internal_error'],
  },
  {
    name: 'a page of HTML',
    fault: 'body=html',
    stream: ['upstream_invalid_response'],
    whole: ['upstream_invalid_response'],
  },
  { name: 'the caller leaves', fault: '', stream: 'leaves', whole: 'leaves' },
];

/** Draws the next scenario: a fault in `percent` of 100 cases. */
export function drawScenario(random: () => number, percent: number): Scenario {
  if (random() * 100 >= percent) return healthy;
  return faulty[Math.floor(random() * faulty.length)] ?? healthy;
}
