// A pace, and turns taken on its clock.
import { GatewayError } from '../../../lib/core/errors.ts';
import { createPace } from '../../../lib/queue/pace.ts';
import type { Pace } from '../../../lib/queue/pace.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import type { SteppingClock } from '../../doubles/create-stepping-clock.ts';

export interface Turns {
  readonly clock: SteppingClock;
  readonly pace: Pace;
  /**
   * Waits for a turn, without moving the clock; returns when it came, in milliseconds from the beginning, or the code
   * of the error it was refused with. Default: with ten minutes left.
   */
  readonly takeTurn: (timeMs?: number, signal?: AbortSignal) => Promise<number | string>;
  /** Takes so many turns at the same time, to the last of them. */
  readonly takeTurns: (count: number) => Promise<readonly (number | string)[]>;
}

const never = new AbortController();

export function createLimit(retryAfterSeconds?: number): GatewayError {
  return new GatewayError('qps_limit_reached', 'limit', { retryAfterSeconds });
}

/** @param intervalMs Default: none. */
export function createTurns(intervalMs = 0): Turns {
  const clock = createSteppingClock();
  const pace = createPace({ intervalMs, sandboxes: 1, clock });
  const beganMs = clock.now();
  const takeTurn: Turns['takeTurn'] = (timeMs = 600_000, signal = never.signal) =>
    pace.takeTurn(clock.now() + timeMs, signal).then(
      () => clock.now() - beganMs,
      (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
    );
  return {
    clock,
    pace,
    takeTurn,
    takeTurns: (count) => clock.run(Promise.all(Array.from({ length: count }, () => takeTurn()))),
  };
}
