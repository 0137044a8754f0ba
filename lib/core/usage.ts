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

/**
 * Reads token counts that an upstream states. Whatever is no safe non-negative integer is no count, and zeros throughout
 * are how servers that do not count say so.
 *
 * @param stated The total; taken where it is more than the sum of the two.
 * @returns undefined when there are no counts.
 */
export function readCounts(promptTokens: unknown, completionTokens: unknown, stated: unknown): Usage | undefined {
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  const sum = promptTokens + completionTokens;
  const totalTokens = isCount(stated) ? Math.max(sum, stated) : sum;
  return totalTokens === 0 || !isCount(totalTokens) ? undefined : { promptTokens, completionTokens, totalTokens };
}

/** Whether a value can be a number of tokens. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
