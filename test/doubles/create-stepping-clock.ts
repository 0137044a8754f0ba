// A clock on which any number of people sleep at a time; it moves on when everybody does.
import type { Clock } from '../../lib/core/clock.ts';
import { createTimeouts } from './create-timeouts.ts';

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
  const timeouts = createTimeouts();
  const findNextMs = (): number | undefined => {
    const timesMs = [timeouts.next(), ...[...sleepers].map(({ untilMs }) => untilMs)].filter((ms) => ms !== undefined);
    return timesMs.length === 0 ? undefined : Math.min(...timesMs);
  };
  /** Moves on to a time at which something happens: one sleeper wakes up, or, where none does, timeouts expire. */
  const moveTo = (atMs: number): void => {
    nowMs = Math.max(nowMs, atMs);
    const sleeper = [...sleepers].find(({ untilMs }) => untilMs === atMs);
    if (sleeper === undefined) return timeouts.expire(nowMs);
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
    timeout: (ms) => timeouts.add(nowMs + ms),
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
        const nextMs = findNextMs();
        if (nextMs === undefined) throw new Error('Somebody waits for what will never happen');
        moveTo(nextMs);
      }
    },
    advance: async (ms) => {
      await letOthersRun();
      const endMs = nowMs + ms;
      for (let nextMs = findNextMs(); nextMs !== undefined && nextMs <= endMs; nextMs = findNextMs()) {
        moveTo(nextMs);
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
