// The token-refresh function: refreshes tokens on its schedule and when another function asks for it.
import type { Context } from 'aws-lambda';
import { GatewayError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { countOne } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { RefreshRequest, RefreshResult, RefreshToken, TokenKind } from './refresh.ts';

/** One refresh job for each kind of token that the deployment uses. */
export type TokenRefreshes = Readonly<Partial<Record<TokenKind, RefreshToken>>>;

/** The jobs end this long before the function's deadline, which leaves time to read the stored token and report a failure. */
const reportMarginMs = 2_000;
/** The report ends this long before the deadline, which leaves time to write the log line and to answer. */
const endMarginMs = 300;

/**
 * Creates the function. The jobs run independently: when one fails, the others are still done.
 *
 * An event with a `token` or a `rejectedVersion` is a request of another function. Any other event counts as the
 * schedule's, so that an operator can invoke the function without a payload.
 *
 * @throws GatewayError, after it has been logged: the error of the first job that failed; `deadline_exceeded` when time
 * runs out; `invalid_argument` for an event that is no valid RefreshRequest; `service_token_failed` for a token that is
 * not configured.
 */
export function createRefreshFunction(
  refreshes: TokenRefreshes,
  log: Log,
): (event: unknown, context: Context) => Promise<RefreshResult[]> {
  const selectJobs = (request: RefreshRequest): readonly RefreshToken[] => {
    const jobs = Object.entries(refreshes).filter(([kind]) => request.token === undefined || kind === request.token);
    if (jobs.length === 0) throw new GatewayError('service_token_failed', 'The requested token is not configured');
    return jobs.map(([, refresh]) => refresh);
  };
  const readEvent = (event: unknown): { request: RefreshRequest; jobs: readonly RefreshToken[] } => {
    try {
      const request = readRefreshRequest(event);
      return { request, jobs: selectJobs(request) };
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : undefined;
      log('error', 'token refresh failed', { code }, { 'token.refresh_failures': countOne });
      throw error;
    }
  };

  return async (event, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    const { request, jobs } = readEvent(event);
    const controller = new AbortController();
    const deadline = setTimeout(
      () => controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline')),
      Math.max(0, leftMs - reportMarginMs),
    );
    const reportSignal = AbortSignal.timeout(Math.max(0, leftMs - endMarginMs));
    try {
      const results = jobs.map((refresh) => refresh(request, { signal: controller.signal, reportSignal }));
      // Waits for all of them before the first failure is thrown.
      await Promise.allSettled(results);
      return await Promise.all(results);
    } finally {
      clearTimeout(deadline);
    }
  };
}

const tokenKinds: ReadonlySet<unknown> = new Set<TokenKind>(['access_token', 'bearer_token']);

function isTokenKind(value: unknown): value is TokenKind {
  return tokenKinds.has(value);
}

function readRefreshRequest(event: unknown): RefreshRequest {
  if (!isJsonObject(event)) return {};
  const { token, rejectedVersion } = event;
  const isKind = token === undefined || isTokenKind(token);
  const isVersion = rejectedVersion === undefined || rejectedVersion === null || typeof rejectedVersion === 'string';
  if (isKind && isVersion) return { token, rejectedVersion };
  throw new GatewayError(
    'invalid_argument',
    'In the event, token must be access_token or bearer_token, and rejectedVersion must be a string or null',
  );
}
