// Retries, in the terms of the Qianfan SDK page: retry_count and backoff_factor.
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Send } from './send.ts';

const longestDelayMs = 120_000;

export interface RetryOptions {
  /** How often a failed attempt is repeated. */
  readonly retryCount: number;
  /** Scales the delay before retry n (from 1): a random part of `backoffFactor` × 2^(n−1) seconds, at most 120 s. */
  readonly backoffFactor: number;
  readonly clock: Clock;
}

/**
 * Repeats an attempt that failed with a retryable error of the error table. A stream is only repeated before its first
 * event, because Send rejects only until then. A delay that would reach past the deadline is not begun.
 */
export function withRetry(send: Send, { retryCount, backoffFactor, clock }: RetryOptions): Send {
  return async (request, call) => {
    for (let attempt = 1; ; attempt += 1) {
      call.onAttempt?.(attempt);
      try {
        return await send(request, call);
      } catch (error) {
        const isRetryable = error instanceof GatewayError && error.retryable && !call.signal.aborted;
        if (!isRetryable || attempt > retryCount) throw error;
        const ceilingMs = Math.min(longestDelayMs, backoffFactor * 1_000 * 2 ** (attempt - 1));
        const delayMs = clock.random() * ceilingMs;
        if (clock.now() + delayMs >= call.deadlineMs) throw error;
        await clock.sleep(delayMs, call.signal);
      }
    }
  };
}
