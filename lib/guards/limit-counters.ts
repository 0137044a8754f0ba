// Counters in the state table. While it cannot be reached, callers get undefined and go on without limits.
import type { Clock } from '../core/clock.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { StateTable } from '../core/state-table.ts';

export interface LimitCounters {
  /**
   * Asks the table. Resolves to undefined when that fails, or has failed within the last 10 s.
   *
   * @param question Is given a signal that aborts when the time is up.
   * @throws the reason of the request's signal when that aborts.
   */
  ask<T>(
    question: (table: StateTable, signal: AbortSignal) => Promise<T>,
    bounds?: LimitBounds,
  ): Promise<T | undefined>;
}

export interface LimitBounds {
  /** The waiting request's signal. */
  readonly signal?: AbortSignal;
  /** Epoch milliseconds. The table is not waited for longer than that, except for a quarter of a second. */
  readonly deadlineMs?: number;
}

export interface LimitCountersOptions {
  /** Undefined when none is configured. That is treated like a table that cannot be reached. */
  readonly table: StateTable | undefined;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
  readonly log: Log;
}

/** The longest wait for the table. It answers within milliseconds, or within 500 ms when the SDK is loaded first. */
const longestWaitMs = 1_500;
/**
 * How long the table is waited for when time is short. Two guards that wait so long one after the other take half of the
 * time that a function has between its deadline and its end.
 */
const shortestWaitMs = 250;
/** How long a process does not ask again after a failure. So during an outage only one request in this time waits. */
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
