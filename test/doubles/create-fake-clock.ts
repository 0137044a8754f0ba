// A clock that moves only when told to, or when somebody sleeps.
import type { Clock } from '../../lib/core/clock.ts';
import { createTimeouts } from './create-timeouts.ts';

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
  const timeouts = createTimeouts();
  const timers = new Set<{ dueMs: number; readonly onElapsed: () => void }>();
  const moveOn = (ms: number): void => {
    currentMs += ms;
    timeouts.expire(currentMs);
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
      moveOn(ms);
      // Lets others run, as a real sleep does.
      await new Promise((resolve) => setImmediate(resolve));
    },
    startTimer: (ms, onElapsed) => {
      const timer = { dueMs: currentMs + ms, onElapsed };
      timers.add(timer);
      return { refresh: () => void (timer.dueMs = currentMs + ms), stop: () => void timers.delete(timer) };
    },
    timeout: (ms) => timeouts.add(currentMs + ms),
    advance: moveOn,
  };
}
