// Ctrl-C: the first one ends a batch in an orderly way, a second one at once.
import { BatchError } from './batch-error.ts';

export interface Interruption {
  /** Aborts at the first interrupt, with a BatchError as its reason. */
  readonly signal: AbortSignal;
  readonly interrupt: () => void;
}

/** Within this time two signals count as one: the terminal sends a signal to this process, and npm passes it on again. */
const sameInterruptMs = 1_000;

/**
 * Creates the interruption.
 *
 * @param now A clock in milliseconds.
 * @param exit Called for an interrupt a second or more after the first. What is in the journal is not lost.
 */
export function createInterruption(now: () => number, exit: () => void): Interruption {
  const controller = new AbortController();
  let firstMs: number | undefined;
  return {
    signal: controller.signal,
    interrupt: () => {
      if (firstMs !== undefined && now() - firstMs >= sameInterruptMs) exit();
      firstMs ??= now();
      controller.abort(new BatchError('Interrupted; the results received so far are kept', 1));
    },
  };
}
