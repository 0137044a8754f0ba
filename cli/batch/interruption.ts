// Ctrl-C: the first one ends a batch in order, another one at once.
import { BatchError } from './batch-error.ts';

export interface Interruption {
  /** Aborts at the first interrupt, with a BatchError as its reason. */
  readonly signal: AbortSignal;
  readonly interrupt: () => void;
}

/** npm passes a signal on to a process that the terminal has told already: for so long two are one. */
const sameInterruptMs = 1_000;

/**
 * @param now In milliseconds, from any beginning.
 * @param exit Called for an interrupt that comes a second or more after the first; nothing that is kept is lost by it.
 */
export function createInterruption(now: () => number, exit: () => void): Interruption {
  const controller = new AbortController();
  let firstMs: number | undefined;
  return {
    signal: controller.signal,
    interrupt: () => {
      if (firstMs !== undefined && now() - firstMs >= sameInterruptMs) exit();
      firstMs ??= now();
      controller.abort(new BatchError('Interrupted; what has come so far is kept', 1));
    },
  };
}
