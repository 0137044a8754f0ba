// Counters that all sandboxes share. While the table cannot be reached, callers get undefined and go on without limits.
import type { Clock } from '../core/clock.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { StateTable } from '../core/state-table.ts';

export interface LimitCounters {
  /**
   * Asks the table. Undefined when it cannot be reached, or could not be within the last 10 s.
   *
   * @param question Given a signal that ends it in time.
   */
  ask<T>(
    question: (table: StateTable, signal: AbortSignal) => Promise<T>,
    bounds?: LimitBounds,
  ): Promise<T | undefined>;
}

export interface LimitBounds {
  /** The waiting request's signal: when it aborts, this call rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Epoch milliseconds at which time gets short. */
  readonly deadlineMs?: number;
}

export interface LimitCountersOptions {
  /** Undefined: none is configured, which is as good as one that cannot be asked. */
  readonly table: StateTable | undefined;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
  readonly log: Log;
}

/** The longest that a request waits for the table. It answers in milliseconds, and in 500 where the SDK is loaded first. */
const longestWaitMs = 1_500;
/**
 * What is granted when time is short. Two guards that wait one after the other take half of what a function keeps between
 * its deadline and its end.
 */
const shortestWaitMs = 250;
/** How long a sandbox does not ask again: an outage costs one request in this time its wait. */
const pauseMs = 10_000;

/** Creates the counters. Each failure is logged and counted as `limit_store_failures`. */
export function createLimitCounters({ table, clock, log }: LimitCountersOptions): LimitCounters {
  let pausedUntilMs = -Infinity;
  return {
    ask: async (question, { signal, deadlineMs = Infinity } = {}) => {
      const nowMs = clock.now();
      if (nowMs < pausedUntilMs) return undefined;
      const timeout = clock.timeout(Math.max(shortestWaitMs, Math.min(longestWaitMs, deadlineMs - nowMs)));
      try {
        if (table === undefined) throw new Error('STATE_TABLE is not set');
        return await question(table, signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        pausedUntilMs = clock.now() + pauseMs;
        const reason = table === undefined ? 'STATE_TABLE is not set' : undefined;
        const fields = { reason, cause: describeError(error) };
        log('warn', 'limits could not be asked for and are not applied', fields, { limit_store_failures: countOne });
        return undefined;
      }
    },
  };
}
