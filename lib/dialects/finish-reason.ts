// Why a text ended, as upstreams say it.
import type { FinishReason } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';

/**
 * The ends that are known to be good: those of OpenAI, vLLM, llama.cpp, text-generation-inference, Anthropic, Mistral and
 * Qianfan, in lower case.
 */
const goodEnds: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  normal: 'stop',
  tool_calls: 'stop',
  function_call: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content_filter',
};

/** Qianfan's `flag` from which on a text must not be shown (https://cloud.baidu.com/doc/qianfan-api/s/Nmevf7i6y). */
const heldBackFlag = 3;

/** Whether a `flag` forbids its text to be shown: 3, or to stay where it has been shown: 4. */
export function isHeldBackFlag(flag: unknown): boolean {
  return typeof flag === 'number' && flag >= heldBackFlag;
}

/**
 * Reads a `finish_reason`. A text is whole only if it ended in a way that is known to be good.
 *
 * @returns undefined where there is none, while the text goes on; the error `upstream_truncated` for any other end, such as
 * `abort`.
 */
export function readFinishReason(value: unknown): FinishReason | GatewayError | undefined {
  if (typeof value !== 'string' || value === '' || value === 'null') return undefined;
  const name = value.toLowerCase();
  if (Object.hasOwn(goodEnds, name)) return goodEnds[name];
  // The name may hold anything.
  const shown = /^\w{1,40}$/.test(value) ? `with the finish_reason "${value}"` : 'in a way that is not known';
  return new GatewayError('upstream_truncated', `The upstream ended the text ${shown}`);
}
