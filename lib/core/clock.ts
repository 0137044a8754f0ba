// The port for time and chance, so that tests and the simulation can supply their own.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Calls `onElapsed` after `ms`, unless the timer is stopped before. */
  readonly startTimer: (ms: number, onElapsed: () => void) => Timer;
  /** Returns a signal that aborts after `ms` with a DOMException `TimeoutError`. It does not keep the process alive. */
  readonly timeout: (ms: number) => AbortSignal;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface Timer {
  /** Lets the whole time begin once more. */
  refresh(): void;
  stop(): void;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
  startTimer: (ms, onElapsed) => {
    const timeout = setTimeout(onElapsed, ms);
    return { refresh: () => void timeout.refresh(), stop: () => clearTimeout(timeout) };
  },
  // AbortSignal.timeout takes whole milliseconds only, and no negative ones.
  timeout: (ms) => AbortSignal.timeout(Math.max(0, Math.ceil(ms))),
  random: Math.random,
};
