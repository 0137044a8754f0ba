// Bounds the retries of a sandbox, so that an outage of the upstream is not multiplied.

export interface RetryBudget {
  /** Counts a request. Its first attempt earns a part of a retry. */
  earn(): void;
  /** Returns whether a retry may be made, and if so pays for it. */
  spend(): boolean;
}

/** Counted in fifths of a retry: a sum of 0.2 would drift. */
const priceOfRetry = 5;
const earnedByRequest = 1;

/**
 * Creates the budget of one upstream. Every 5 requests earn a retry, so with a budget of 10 n requests make at most
 * 1.2 × n + 10 attempts. It is kept in memory: each sandbox has its own.
 *
 * @param retries How many there are to begin with, which is also the most that are saved.
 */
export function createRetryBudget(retries: number): RetryBudget {
  const mostSaved = retries * priceOfRetry;
  let saved = mostSaved;
  return {
    earn: () => {
      saved = Math.min(mostSaved, saved + earnedByRequest);
    },
    spend: () => {
      if (saved < priceOfRetry) return false;
      saved -= priceOfRetry;
      return true;
    },
  };
}
