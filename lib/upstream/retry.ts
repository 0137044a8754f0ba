// Retries, in the terms of the Qianfan SDK page: retry_count and backoff_factor.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Send } from './send.ts';

const longestDelayMs = 120_000;
/** Who waits for an answer is told of a longer pause instead, and can choose. */
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
 * Repeats an attempt that failed with a retryable error of the error table. A stream is only repeated before its first
 * event, because Send rejects only until then. The pause before a retry is what the upstream asks for with Retry-After,
 * and the delay on top. Where the upstream asks for more than 10 s, where the pause would reach past the deadline and where
 * the budget is used up, the error is thrown at once.
 */
export function withRetry(send: Send, { retryCount, backoffFactor, budget, clock }: RetryOptions): Send {
  return async (request, call) => {
    budget.earn();
    for (let attempt = 1; ; attempt += 1) {
      call.observer?.onAttempt?.();
      try {
        return await send(request, call);
      } catch (error) {
        const isRetryable = error instanceof GatewayError && error.retryable && !call.signal.aborted;
        if (!isRetryable || attempt > retryCount) throw error;
        const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
        const ceilingMs = Math.min(longestDelayMs, backoffFactor * 1_000 * 2 ** (attempt - 1));
        const pauseMs = askedMs + clock.random() * ceilingMs;
        if (askedMs > longestAskedMs || clock.now() + pauseMs >= call.deadlineMs || !budget.spend()) throw error;
        await clock.sleep(pauseMs, call.signal);
      }
    }
  };
}
