// Limits per client, over all sandboxes: requests a minute and tokens a day.
import { GatewayError } from '../errors.ts';
import type { ClientLimits } from '../limits.ts';
import { one } from '../platform/logger.ts';
import { watchItems } from '../watch-items.ts';
import { scopeOf } from './clients.ts';
import type { Caller } from './clients.ts';
import type { Guard, GuardedCall } from './guard.ts';
import { createLimitCounters } from './limit-counters.ts';
import type { LimitCountersOptions } from './limit-counters.ts';
import { dayMs, findWindow, formatDuration, minuteMs, secondsUntil } from './limit-window.ts';
import type { RequestRecord } from './request-record.ts';

export interface ClientLimitsOptions extends LimitCountersOptions {
  /** Of clients whose record does not say, limit by limit. */
  readonly defaults: ClientLimits;
}

/** One limit of one client, in the window of now. */
interface Quota {
  readonly unit: 'Requests' | 'Tokens';
  readonly limit: number;
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
  /** Quotas that are known to be used up, each with the end of its window: until then there is nothing to ask. */
  const usedUp = new Map<string, number>();
  const nameOf = ({ key, limit }: Quota): string => `${limit} of ${key}`;

  const findQuota = (client: Caller, unit: Quota['unit']): Quota | undefined => {
    const isTokens = unit === 'Tokens';
    const limit = isTokens
      ? (client.limits?.tokens_per_day ?? defaults.tokensPerDay)
      : (client.limits?.requests_per_minute ?? defaults.requestsPerMinute);
    if (limit === undefined) return undefined;
    const { index, endsAtMs } = findWindow(clock.now(), isTokens ? dayMs : minuteMs);
    return { unit, limit, key: `${unit.toLowerCase()}/${index}/${scopeOf(client)}`, endsAtMs };
  };
  const noteUse = (quota: Quota, used: number): void => {
    if (used < quota.limit) return;
    for (const [name, endsAtMs] of usedUp) if (endsAtMs <= clock.now()) usedUp.delete(name);
    usedUp.set(nameOf(quota), quota.endsAtMs);
  };
  const addTokens = async ({ client, record, deadlineMs }: GuardedCall, isAnswered: boolean): Promise<void> => {
    const quota = findQuota(client, 'Tokens');
    if (quota === undefined) return;
    const { usage } = record;
    if (usage === undefined) {
      const fields = { client_id: client.id, upstream: record.upstream };
      if (isAnswered) log('warn', 'tokens of an answer could not be counted', fields, { limit_store_failures: one });
      return;
    }
    // The caller may have left; what was used is counted all the same.
    const used = await counters.ask(
      (table, signal) => table.add(quota.key, usage.totalTokens, toExpiry(quota), signal),
      { deadlineMs },
    );
    if (used !== undefined) noteUse(quota, used);
  };

  return async (_request, call, answer) => {
    const { client, record, signal, deadlineMs } = call;
    const requests = findQuota(client, 'Requests');
    const tokens = findQuota(client, 'Tokens');
    if (requests === undefined && tokens === undefined) return answer();

    /** `used` is without this request. */
    const checkQuota = (quota: Quota | undefined, used: number | undefined): void => {
      if (quota === undefined || used === undefined) return;
      const isLeft = used < quota.limit;
      const isRequests = quota.unit === 'Requests';
      noteUse(quota, isRequests ? used + 1 : used);
      const seconds = secondsUntil(quota.endsAtMs, clock.now());
      record.headers = {
        ...record.headers,
        ...(isMisread(quota, record) ? {} : { [`X-Ratelimit-Limit-${quota.unit}`]: String(quota.limit) }),
        [`X-Ratelimit-Remaining-${quota.unit}`]: String(Math.max(0, quota.limit - used - (isRequests ? 1 : 0))),
        [`X-Ratelimit-Reset-${quota.unit}`]: formatDuration(seconds),
      };
      if (!isLeft) throw createRefusal(quota, seconds, record);
    };
    for (const quota of [requests, tokens]) {
      if (quota !== undefined && usedUp.has(nameOf(quota))) checkQuota(quota, quota.limit);
    }
    const [requestCount, tokenCount] =
      (await counters.ask(
        (table, askSignal) =>
          Promise.all([
            requests && table.add(requests.key, 1, toExpiry(requests), askSignal),
            tokens && table.count(tokens.key, askSignal),
          ]),
        { signal, deadlineMs },
      )) ?? [];
    checkQuota(requests, requestCount === undefined ? undefined : requestCount - 1);
    checkQuota(tokens, tokenCount);

    let isAnswered = false;
    let isStream = false;
    try {
      const response = await answer();
      const { body } = response;
      isAnswered = response.status < 400;
      if (typeof body === 'string') return response;
      isStream = true;
      return { ...response, body: watchItems(body, { onClose: () => addTokens(call, record.isWhole === true) }) };
    } finally {
      // Before the answer is sent: afterwards the sandbox may be frozen.
      if (!isStream) await addTokens(call, isAnswered);
    }
  };
}

function createRefusal({ unit, limit }: Quota, retryAfterSeconds: number, record: RequestRecord): GatewayError {
  record.headers = { ...record.headers, 'Retry-After': String(retryAfterSeconds) };
  if (unit === 'Requests') {
    const message = `This client may send ${limit} requests a minute; the next minute begins in ${retryAfterSeconds} s`;
    return new GatewayError('client_requests_limit', message, { retryAfterSeconds });
  }
  // OpenAI's clients would try again within seconds.
  record.headers['X-Should-Retry'] = 'false';
  const message = `This client may use ${limit} tokens a day; the next day begins in ${formatDuration(retryAfterSeconds)}`;
  return new GatewayError('client_tokens_limit', message, { retryAfterSeconds });
}

/** Qianfan's SDKs take a limit of tokens for one of a minute, and slow themselves down to it. */
function isMisread({ unit }: Quota, { route = '' }: RequestRecord): boolean {
  return unit === 'Tokens' && route.includes('/wenxinworkshop/');
}

function toExpiry({ endsAtMs }: Quota): number {
  return endsAtMs / 1_000 + graceSeconds;
}
