// Retries, in the terms of the Qianfan SDK page: retry_count and backoff_factor.
import type { Clock } from '../core/clock.ts';
import type { UpstreamCall } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import type { RetryBudget } from './retry-budget.ts';

const longestDelayMs = 120_000;
/** If the upstream asks for a longer pause, the caller gets the error with Retry-After and can decide. */
const longestAskedMs = 10_000;

export interface RetryOptions {
  /** How often a failed attempt is repeated. */
  readonly retryCount: number;
  /** Scales the delay before retry n (from 1): a random part of `backoffFactor` × 2^(n−1) seconds, at most 120 s. */
  readonly backoffFactor: number;
  readonly budget: RetryBudget;
  readonly clock: Clock;
}

/**
 * Returns how many milliseconds to wait before a failed request is tried again, and pays for the retry. The pause is what
 * the upstream asks for with Retry-After, and the delay on top.
 *
 * @param attempts How often it has been tried.
 * @returns undefined when it is not to be tried again: the error is not retryable, the tries or the budget are used up, the
 * upstream asks for more than 10 s, or the pause would reach past the deadline.
 */
export function findPauseMs(
  error: unknown,
  attempts: number,
  { signal, deadlineMs }: Pick<UpstreamCall, 'signal' | 'deadlineMs'>,
  { retryCount, backoffFactor, budget, clock }: RetryOptions,
): number | undefined {
  const isRetryable = error instanceof GatewayError && error.retryable && !signal.aborted;
  if (!isRetryable || attempts > retryCount) return undefined;
  const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
  const ceilingMs = Math.min(longestDelayMs, backoffFactor * 1_000 * 2 ** (attempts - 1));
  const pauseMs = askedMs + clock.random() * ceilingMs;
  if (askedMs > longestAskedMs || clock.now() + pauseMs >= deadlineMs || !budget.spend()) return undefined;
  return pauseMs;
}
