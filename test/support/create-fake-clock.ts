// A clock that moves only when told to, or when somebody sleeps.
import type { Clock } from '../../lib/core/clock.ts';

export interface FakeClock extends Clock {
  /** Moves the time on. */
  advance(ms: number): void;
  /** Every sleep so far, in milliseconds. */
  readonly sleeps: readonly number[];
}

export interface FakeClockOptions {
  /** Default: 2026-01-01T00:00:00Z. */
  readonly nowMs?: number;
  /** What random() returns. Default: 0.5. */
  readonly random?: number;
}

export function createFakeClock({ nowMs = Date.UTC(2026, 0, 1), random = 0.5 }: FakeClockOptions = {}): FakeClock {
  let currentMs = nowMs;
  const sleeps: number[] = [];
  const timers = new Set<{ dueMs: number; readonly onElapsed: () => void }>();
  const moveTo = (ms: number): void => {
    currentMs = ms;
    for (const timer of [...timers].filter(({ dueMs }) => dueMs <= currentMs)) {
      if (timers.delete(timer)) timer.onElapsed();
    }
  };
  return {
    sleeps,
    now: () => currentMs,
    random: () => random,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      sleeps.push(ms);
      moveTo(currentMs + ms);
      // Lets others run, as a real sleep does.
      await new Promise((resolve) => setImmediate(resolve));
    },
    startTimer: (ms, onElapsed) => {
      const timer = { dueMs: currentMs + ms, onElapsed };
      timers.add(timer);
      return { refresh: () => void (timer.dueMs = currentMs + ms), stop: () => void timers.delete(timer) };
    },
    advance: (ms) => moveTo(currentMs + ms),
  };
}
