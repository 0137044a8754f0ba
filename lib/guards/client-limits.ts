// Limits per client, over all sandboxes: requests a minute and tokens a day.
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
  /** Of clients whose record does not say, limit by limit. */
  readonly defaults: ClientLimits;
}

/** One limit of one client, in the window of now. */
interface Quota {
  readonly unit: 'Requests' | 'Tokens';
  readonly limit: number;
  /** What a request is counted as before it is answered: 1 request, but 0 tokens, for nobody knows them yet. */
  readonly cost: number;
  /** Of the counter. */
  readonly key: string;
  readonly endsAtMs: number;
}

/** How long a counter stays after its window, for sandboxes whose clock is behind. */
const graceSeconds = 3_600;

/**
 * Creates the guard. It refuses a request over a limit before the upstream is asked, with `client_requests_limit` or
 * `client_tokens_limit`, and tells the caller in headers what is left. Tokens are added after the answer, so those
 * requests go over the limit that are under way when it is reached. Whatever cannot be counted is served, with a warning.
 *
 * A client without limits costs nothing, not even the loading of the AWS SDK.
 */
export function createClientLimits({ defaults, ...options }: ClientLimitsOptions): Guard {
  const { clock, log } = options;
  const counters = createLimitCounters(options);
  /** Quotas that are known to be used up: until the end of the window there is nothing to ask. */
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
    const { usage } = record;
    if (usage === undefined) {
      const fields = { client_id: client.id, upstream: record.upstream };
      if (isAnswered)
        log('warn', 'tokens of an answer could not be counted', fields, { limit_store_failures: countOne });
      return;
    }
    // The caller may have left; what was used is counted all the same.
    const used = await counters.ask(
      (table, signal) => table.add(quota.key, usage.totalTokens, toExpiry(quota), signal),
      { deadlineMs },
    );
    if (used !== undefined) noteUse(quota, used);
  };

  return async (_request, call) => {
    const { client, responseHeaders, signal, deadlineMs } = call;
    const requests = findQuota(client, 'Requests');
    const tokens = findQuota(client, 'Tokens');
    if (requests === undefined && tokens === undefined) return undefined;

    /** `used` is without this request. */
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

    call.listeners.push({ onEnd: (outcome) => addTokens(call, outcome === 'answered') });
    return undefined;
  };
}

/** The headers that tell what is left once this request is counted. */
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
  // OpenAI's clients would try again within seconds.
  responseHeaders['X-Should-Retry'] = 'false';
  const message = `This client may use ${limit} tokens a day; the next day begins in ${formatDuration(retryAfterSeconds)}`;
  throw new GatewayError('client_tokens_limit', message, { retryAfterSeconds });
}

function toExpiry({ endsAtMs }: Quota): number {
  return endsAtMs / 1_000 + graceSeconds;
}
