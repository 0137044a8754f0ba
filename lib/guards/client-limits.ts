// Limits per client, for all processes that share the state table: requests a minute and tokens a day.
import { scopeOf } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { ClientLimits } from '../core/limits.ts';
import { countOne } from '../core/log.ts';
import type { Guard, GuardedCall } from './guard.ts';
import { createLimitCounters } from './limit-counters.ts';
import type { LimitCountersOptions } from './limit-counters.ts';
import { dayMs, findWindow, formatDuration, minuteMs, secondsUntil } from './limit-window.ts';

export interface ClientLimitsOptions extends LimitCountersOptions {
  /** For clients whose record does not say, each limit by itself. */
  readonly defaults: ClientLimits;
}

/** One limit of one client, in the current window. */
interface Quota {
  readonly unit: 'Requests' | 'Tokens';
  readonly limit: number;
  /** What a request counts before it is answered: 1 request, but 0 tokens, because nobody knows them yet. */
  readonly cost: number;
  /** The key of its counter. */
  readonly key: string;
  readonly endsAtMs: number;
}

/** How long a counter stays after its window has ended, for processes whose clock is behind. */
const graceSeconds = 3_600;

/**
 * Creates the guard. Before the upstream is asked, it refuses a request over a limit by `client_requests_limit` or
 * `client_tokens_limit`, and it tells the caller in headers what is left. Tokens are added after the answer, so requests
 * that are under way when the limit is reached may exceed it. A request that cannot be counted is served, with a warning
 * in the log.
 *
 * For a client without limits the table is not asked, and the AWS SDK not loaded.
 */
export function createClientLimits({ defaults, ...options }: ClientLimitsOptions): Guard {
  const { clock, log } = options;
  const counters = createLimitCounters(options);
  /** Quotas that are known to be used up, so that the table need not be asked until their window ends. */
  const usedUp = new Map<string, { readonly used: number; readonly endsAtMs: number }>();
  const nameOf = ({ key, limit }: Quota): string => `${limit} of ${key}`;

  const findQuota = (client: Caller, unit: Quota['unit']): Quota | undefined => {
    const isTokens = unit === 'Tokens';
    const limit = isTokens
      ? (client.limits?.tokens_per_day ?? defaults.tokensPerDay)
      : (client.limits?.requests_per_minute ?? defaults.requestsPerMinute);
    if (limit === undefined) return undefined;
    const { index, endsAtMs } = findWindow(clock.now(), isTokens ? dayMs : minuteMs);
    return { unit, limit, cost: isTokens ? 0 : 1, key: `${unit.toLowerCase()}/${index}/${scopeOf(client)}`, endsAtMs };
  };
  const noteUse = (quota: Quota, used: number): void => {
    if (used < quota.limit) return;
    for (const [name, { endsAtMs }] of usedUp) if (endsAtMs <= clock.now()) usedUp.delete(name);
    usedUp.set(nameOf(quota), { used, endsAtMs: quota.endsAtMs });
  };
  const addTokens = async ({ client, record, deadlineMs }: GuardedCall, isAnswered: boolean): Promise<void> => {
    const quota = findQuota(client, 'Tokens');
    if (quota === undefined) return;
    const { usage, estimatedTokens } = record;
    if (usage === undefined && estimatedTokens === undefined) {
      const fields = { client_id: client.id, upstream: record.upstream };
      if (isAnswered)
        log('warn', 'tokens of an answer could not be counted', fields, { limit_store_failures: countOne });
      return;
    }
    const tokens = (usage?.totalTokens ?? 0) + (estimatedTokens ?? 0);
    // Without the caller's signal: what was used counts even if the caller has left.
    const used = await counters.ask((table, signal) => table.add(quota.key, tokens, toExpiry(quota), signal), {
      deadlineMs,
    });
    if (used !== undefined) noteUse(quota, used);
  };

  return async (_request, call) => {
    const { client, responseHeaders, signal, deadlineMs } = call;
    const requests = findQuota(client, 'Requests');
    const tokens = findQuota(client, 'Tokens');
    if (requests === undefined && tokens === undefined) return undefined;

    /** @param used Without this request. */
    const admit = (quota: Quota, used: number): void => {
      const seconds = secondsUntil(quota.endsAtMs, clock.now());
      Object.assign(responseHeaders, describeQuota(quota, used, seconds, call.slowsDownByTokenLimit));
      refuseIfUsedUp(quota, used, seconds, responseHeaders);
    };
    const admitCounted = (quota: Quota | undefined, count: number | undefined): void => {
      if (quota === undefined || count === undefined) return;
      noteUse(quota, count);
      admit(quota, count - quota.cost);
    };
    for (const quota of [requests, tokens]) {
      if (quota === undefined) continue;
      const known = usedUp.get(nameOf(quota));
      if (known !== undefined) admit(quota, known.used);
    }
    const [requestCount, tokenCount] =
      (await counters.ask(
        (table, askSignal) =>
          Promise.all([
            requests && table.add(requests.key, requests.cost, toExpiry(requests), askSignal),
            tokens && table.count(tokens.key, askSignal),
          ]),
        { signal, deadlineMs },
      )) ?? [];
    admitCounted(requests, requestCount);
    admitCounted(tokens, tokenCount);

    // Of an answer that is not streamed before it is sent, because Lambda may freeze the process afterwards.
    call.listeners.push({ onEnd: (outcome) => addTokens(call, outcome === 'answered') });
    return undefined;
  };
}

/** Returns the headers that tell what is left once this request is counted. */
function describeQuota(
  { unit, limit, cost }: Quota,
  used: number,
  secondsLeft: number,
  slowsDownByTokenLimit: boolean,
): Readonly<Record<string, string>> {
  const isMisread = unit === 'Tokens' && slowsDownByTokenLimit;
  return {
    ...(isMisread ? {} : { [`X-Ratelimit-Limit-${unit}`]: String(limit) }),
    [`X-Ratelimit-Remaining-${unit}`]: String(Math.max(0, limit - used - cost)),
    [`X-Ratelimit-Reset-${unit}`]: formatDuration(secondsLeft),
  };
}

/** @throws GatewayError `client_requests_limit` or `client_tokens_limit` when nothing is left for this request. */
function refuseIfUsedUp(
  { unit, limit }: Quota,
  used: number,
  retryAfterSeconds: number,
  responseHeaders: GuardedCall['responseHeaders'],
): void {
  if (used < limit) return;
  if (unit === 'Requests') {
    const message = `This client may send ${limit} requests a minute; the next minute begins in ${retryAfterSeconds} s`;
    throw new GatewayError('client_requests_limit', message, { retryAfterSeconds });
  }
  // Else OpenAI's clients would try again within seconds.
  responseHeaders['X-Should-Retry'] = 'false';
  const message = `This client may use ${limit} tokens a day; the next day begins in ${formatDuration(retryAfterSeconds)}`;
  throw new GatewayError('client_tokens_limit', message, { retryAfterSeconds });
}

function toExpiry({ endsAtMs }: Quota): number {
  return endsAtMs / 1_000 + graceSeconds;
}
