// The token-refresh function: takes an event of the schedule or of another function, and refreshes tokens.
import type { Context } from 'aws-lambda';
import { GatewayError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { countOne } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { RefreshRequest, RefreshResult, RefreshToken, TokenKind } from './refresh.ts';

/** The tokens that the deployment uses. */
export type TokenRefreshes = Readonly<Partial<Record<TokenKind, RefreshToken>>>;

/** Kept back from the remaining time, to look at what is stored and report a failure instead of being cut off. */
const reportMarginMs = 2_000;
/** Kept back from that, to write the log line and to answer. */
const endMarginMs = 300;

/**
 * Creates the function. Each job is done on its own: one that fails does not keep the others from being done.
 *
 * An event is another function's when it names a `token` or a `rejectedVersion`; any other is the schedule's, whatever it
 * is, so that an operator can invoke the function with nothing.
 *
 * @throws GatewayError, after it has been logged: of the first job that failed; `deadline_exceeded` for lack of time;
 * `invalid_argument` for a request that is not a RefreshRequest; `service_token_failed` for a token that is not
 * configured.
 */
export function createRefreshFunction(
  refreshes: TokenRefreshes,
  log: Log,
): (event: unknown, context: Context) => Promise<RefreshResult[]> {
  const selectJobs = (request: RefreshRequest): readonly RefreshToken[] => {
    const jobs = Object.entries(refreshes).filter(([kind]) => request.token === undefined || kind === request.token);
    if (jobs.length === 0) throw new GatewayError('service_token_failed', 'This token is not configured');
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
    'The event has to have a known token and the version that was rejected, or neither',
  );
}
