// The highest rate that an upstream has answered lately.
import type { Clock } from '../core/clock.ts';

/** How long an answer counts, at least; twice as long at most. */
const rememberedMs = 120_000;

/** Remembers the most answers that came within one second lately; 0.1 when there was none. */
export function createBestSecond(clock: Clock): { note(): void; read(): number } {
  let second = 0;
  let answers = 0;
  let period = 0;
  let best = 0;
  let bestBefore = 0;
  return {
    note: () => {
      const currentSecond = Math.floor(clock.now() / 1_000);
      answers = currentSecond === second ? answers + 1 : 1;
      second = currentSecond;
      const currentPeriod = Math.floor(clock.now() / rememberedMs);
      if (currentPeriod !== period) {
        bestBefore = currentPeriod === period + 1 ? best : 0;
        best = 0;
        period = currentPeriod;
      }
      best = Math.max(best, answers);
    },
    read: () => {
      const age = Math.floor(clock.now() / rememberedMs) - period;
      return Math.max(0.1, age <= 1 ? best : 0, age === 0 ? bestBefore : 0);
    },
  };
}
