// The highest rate that an upstream has answered lately, as a value that each answer moves on.

/** For how long an answer counts: this long at least, and twice as long at most. */
const rememberedMs = 120_000;
/** Calls a second that are assumed before any answer. */
const leastRate = 0.1;

export interface BestSecond {
  /** The second of the last answer, counted from 1970, and its answers so far. */
  readonly second: number;
  readonly answers: number;
  /** The period of the last answer, `rememberedMs` long, and the most answers in a second of it and of the one before. */
  readonly period: number;
  readonly best: number;
  readonly bestBefore: number;
}

export const noSecond: BestSecond = { second: 0, answers: 0, period: 0, best: 0, bestBefore: 0 };

/** Counts one answer. */
export function countAnswer(state: BestSecond, nowMs: number): BestSecond {
  const second = Math.floor(nowMs / 1_000);
  const answers = second === state.second ? state.answers + 1 : 1;
  const period = Math.floor(nowMs / rememberedMs);
  if (period === state.period) return { ...state, second, answers, best: Math.max(state.best, answers) };
  const bestBefore = period === state.period + 1 ? state.best : 0;
  return { second, answers, period, best: answers, bestBefore };
}

/** Returns the most answers that came within one second lately; 0.1 when there was none. */
export function readBestSecond({ period, best, bestBefore }: BestSecond, nowMs: number): number {
  const age = Math.floor(nowMs / rememberedMs) - period;
  return Math.max(leastRate, age <= 1 ? best : 0, age === 0 ? bestBefore : 0);
}
