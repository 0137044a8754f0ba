// Adds up the token counts of several answers.
import type { Usage } from './completion.ts';

/** Returns the sum of both. If only one of them is known, returns that one. */
export function addUsage(sum: Usage | undefined, usage: Usage | undefined): Usage | undefined {
  if (sum === undefined || usage === undefined) return usage ?? sum;
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
    totalTokens: sum.totalTokens + usage.totalTokens,
    ...(sum.cachedTokens !== undefined || usage.cachedTokens !== undefined
      ? { cachedTokens: (sum.cachedTokens ?? 0) + (usage.cachedTokens ?? 0) }
      : {}),
  };
}

/** No model reads or writes more. A greater number would use up a client's tokens of a day, or of all days, at once. */
const mostTokens = 1_000_000_000;

/**
 * Reads token counts that an upstream states. Whatever is no integer from 0 to 10^9 is no count, and zeros throughout are how
 * servers that do not count say so.
 *
 * @param stated The total; taken where it is more than the sum of the two.
 * @returns undefined when there are no counts.
 */
export function readCounts(promptTokens: unknown, completionTokens: unknown, stated: unknown): Usage | undefined {
  if (!isTokenCount(promptTokens) || !isTokenCount(completionTokens)) return undefined;
  const sum = promptTokens + completionTokens;
  const totalTokens = isTokenCount(stated) ? Math.max(sum, stated) : sum;
  return totalTokens === 0 ? undefined : { promptTokens, completionTokens, totalTokens };
}

function isTokenCount(value: unknown): value is number {
  return isCount(value) && value <= mostTokens;
}

/** Whether a value is an integer that can count something. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
