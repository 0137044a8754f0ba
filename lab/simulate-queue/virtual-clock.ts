// A clock that jumps to the next thing that happens when nothing else can run.
import type { Clock } from '../../lib/core/clock.ts';
import { createHeap } from './heap.ts';

export interface VirtualClock extends Clock {
  /** Has something happen in `ms` from now. It cannot be called off. */
  readonly schedule: (ms: number, happen: () => void) => void;
  /**
   * Lets time pass until it is over.
   *
   * @throws Error when nothing is left to happen before, or it takes longer than `longestMs`.
   */
  readonly run: (isOver: () => boolean, longestMs: number) => Promise<void>;
}

/**
 * Creates a clock that begins with the year 2026. Code that runs on it may wait for its sleeps and timeouts and for
 * promises only, because no other time passes.
 *
 * @param random A number in [0, 1).
 */
export function createVirtualClock(random: () => number): VirtualClock {
  const future = createHeap<FutureEvent>(isBefore);
  let currentMs = Date.UTC(2026, 0, 1);
  let scheduled = 0;
  const schedule = (ms: number, happen: () => void): void =>
    future.add({ atMs: currentMs + Math.max(0, ms), number: (scheduled += 1), happen });

  return {
    now: () => currentMs,
    random,
    schedule,
    startTimer: (ms, onElapsed) => {
      let turn = 0;
      const refresh = (): void => {
        const own = (turn += 1);
        schedule(ms, () => {
          if (own === turn) onElapsed();
        });
      };
      refresh();
      return { refresh, stop: () => void (turn += 1) };
    },
    timeout: (ms) => {
      const controller = new AbortController();
      schedule(ms, () => controller.abort(new DOMException('The time is up', 'TimeoutError')));
      return controller.signal;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const stop = (): void => reject(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        schedule(ms, () => {
          signal.removeEventListener('abort', stop);
          resolve();
        });
      }),
    run: async (isOver, longestMs) => {
      const endMs = currentMs + longestMs;
      for (;;) {
        // Code that waits for promises only has run when this resolves.
        await new Promise((resolve) => setImmediate(resolve));
        if (isOver()) return;
        const event = future.take();
        if (event === undefined) throw new Error('Nothing is left to happen, and it is not over');
        if (event.atMs > endMs) throw new Error(`It is not over after ${longestMs / 1_000} simulated seconds`);
        currentMs = event.atMs;
        event.happen();
      }
    },
  };
}

interface FutureEvent {
  readonly atMs: number;
  /** Of several events at the same time, the one that was scheduled first happens first. */
  readonly number: number;
  readonly happen: () => void;
}

function isBefore(one: FutureEvent, other: FutureEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
}
