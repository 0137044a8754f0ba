// A clock on which any number of people sleep at a time; it moves on when everybody does.
import type { Clock } from '../../lib/core/clock.ts';

export interface SteppingClock extends Clock {
  /** How many sleep now. */
  readonly sleepers: number;
  /** Runs until the promise settles; whenever nothing else happens, the next sleeper wakes up. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Moves the time on by so much; those whose time has come wake up on the way. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** @param random What random() returns. Default: always 0.5. */
export function createSteppingClock(random: () => number = () => 0.5): SteppingClock {
  let nowMs = Date.UTC(2026, 0, 1);
  const sleepers = new Set<Sleeper>();
  const findNext = (): Sleeper | undefined => [...sleepers].toSorted((a, b) => a.untilMs - b.untilMs)[0];
  const wake = (sleeper: Sleeper): void => {
    nowMs = Math.max(nowMs, sleeper.untilMs);
    sleepers.delete(sleeper);
    sleeper.wake();
  };
  return {
    get sleepers() {
      return sleepers.size;
    },
    now: () => nowMs,
    random,
    startTimer: (ms, onElapsed) => {
      const timer = { untilMs: nowMs + ms, wake: onElapsed };
      let sleeper: Sleeper = timer;
      sleepers.add(sleeper);
      return {
        refresh: () => {
          if (sleepers.delete(sleeper)) sleepers.add((sleeper = { ...timer, untilMs: nowMs + ms }));
        },
        stop: () => void sleepers.delete(sleeper),
      };
    },
    sleep: (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        untilMs: nowMs + ms,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      if (signal.aborted) onAbort();
      else {
        sleepers.add(sleeper);
        signal.addEventListener('abort', onAbort, { once: true });
      }
      return promise;
    },
    run: async (promise) => {
      let isSettled = false;
      const settle = (): void => void (isSettled = true);
      promise.then(settle, settle);
      for (;;) {
        await letOthersRun();
        if (isSettled) return promise;
        const next = findNext();
        if (next === undefined) throw new Error('Somebody waits for what will never happen');
        wake(next);
      }
    },
    advance: async (ms) => {
      await letOthersRun();
      const endMs = nowMs + ms;
      for (let next = findNext(); next !== undefined && next.untilMs <= endMs; next = findNext()) {
        wake(next);
        await letOthersRun();
      }
      nowMs = endMs;
    },
  };
}

/** Until none of them has anything left to do without time passing. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
