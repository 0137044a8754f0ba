// Ties a sandbox to the simulated world: its operations take time, and it can die before or after each of them.
import type { Clock } from '../../lib/core/clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Lifeline {
  /** The sandbox's own clock. In a dead sandbox no sleep ends and no timeout comes. */
  readonly clock: Clock;
  /**
   * Has something happen in the world, and brings back what comes of it. In a dead sandbox it never settles.
   *
   * @throws what `happen` throws; the signal's reason when it aborts first.
   */
  readonly operate: <T>(happen: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /**
   * Begins an invocation.
   *
   * @param points At which point the sandbox dies. Each operation has two points: before and after it.
   * @param onDeath Told when it dies.
   */
  begin(points: number, onDeath: () => void): void;
  kill(): void;
}

/**
 * Creates the lifeline of one sandbox.
 *
 * @param travelMs Draws how long a request takes to reach the world, or its answer to come back.
 */
export function createLifeline(world: VirtualClock, travelMs: () => number): Lifeline {
  let isDead = false;
  let pointsLeft = Infinity;
  let tellOfDeath = (): void => undefined;
  const kill = (): void => {
    if (isDead) return;
    isDead = true;
    tellOfDeath();
  };
  const survives = (): boolean => {
    pointsLeft -= 1;
    if (pointsLeft <= 0) kill();
    return !isDead;
  };

  return {
    kill,
    begin: (points, onDeath) => {
      pointsLeft = points;
      tellOfDeath = onDeath;
    },
    clock: {
      now: world.now,
      random: world.random,
      startTimer: (ms, onElapsed) => world.startTimer(ms, () => void (isDead || onElapsed())),
      timeout: (ms) => {
        const controller = new AbortController();
        world.schedule(ms, () => void (isDead || controller.abort(new DOMException('The time is up', 'TimeoutError'))));
        return controller.signal;
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          world.sleep(ms, signal).then(
            () => void (isDead || resolve()),
            (reason: unknown) => void (isDead || reject(reason)),
          );
        }),
    },
    operate: (happen, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (!survives()) return;
        signal?.addEventListener('abort', () => void (isDead || reject(signal.reason)), { once: true });
        const bringBack = (settle: () => void): void => world.schedule(travelMs(), () => void (survives() && settle()));
        // A request that was sent takes effect even if its sender dies.
        world.schedule(travelMs(), () => {
          happen().then(
            (value) => bringBack(() => resolve(value)),
            (reason: unknown) => bringBack(() => reject(reason)),
          );
        });
      }),
  };
}
