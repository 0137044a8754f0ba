// A port: time and chance, as inputs that tests can hold.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Calls `onElapsed` after `ms`, unless the timer is stopped before. */
  readonly startTimer: (ms: number, onElapsed: () => void) => Timer;
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
  random: Math.random,
};
