// Adds up the token counts of several answers.
import type { Usage } from './completion.ts';

/** Returns the sum of both. If only one of them is known, returns that one. */
export function addUsage(sum: Usage | undefined, usage: Usage | undefined): Usage | undefined {
  if (sum === undefined || usage === undefined) return usage ?? sum;
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
    totalTokens: sum.totalTokens + usage.totalTokens,
  };
}
