// The job of the token-refresh function: obtain an access_token and store it for every sandbox.
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { describeError, one } from '../platform/logger.ts';
import type { Log, Metrics } from '../platform/logger.ts';
import type { AccessToken, TokenStore } from './access-tokens.ts';

export interface RefreshOptions {
  readonly store: TokenStore;
  /** Which token it is, for the log. */
  readonly kind: TokenKind;
  /** Obtains a token from Baidu. */
  readonly obtain: (signal: AbortSignal) => Promise<Omit<AccessToken, 'version'>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The tokens there are: for V1, and the short-lived bearer token for V2. */
export type TokenKind = 'access_token' | 'bearer_token';

export interface RefreshRequest {
  /** Which token. Absent on the schedule, which refreshes all. */
  readonly token?: TokenKind | undefined;
  /**
   * The stored version that Qianfan refused, null when nothing was stored. Absent on the schedule, which always
   * refreshes.
   */
  readonly rejectedVersion?: string | null | undefined;
}

export interface RefreshResult {
  readonly refreshed: boolean;
  readonly version: string;
  readonly expiresAtMs: number;
}

/** Throws GatewayError, after logging it. */
export type RefreshToken = (request: RefreshRequest, signal: AbortSignal) => Promise<RefreshResult>;

/**
 * Creates the job. It skips when the store already holds another version than the refused one, so that any number of
 * sandboxes that met the same refusal cause one exchange. A stored token is only overwritten by one that has been
 * received whole and validated.
 */
export function createTokenRefresh({ store, kind, obtain, clock, log }: RefreshOptions): RefreshToken {
  const refresh: RefreshToken = async ({ rejectedVersion }, signal) => {
    if (rejectedVersion !== undefined) {
      const stored = await store.read(signal);
      if (stored !== undefined && stored.version !== rejectedVersion && stored.expiresAtMs > clock.now()) {
        return { refreshed: false, version: stored.version, expiresAtMs: stored.expiresAtMs };
      }
    }
    const token = await obtain(signal);
    return { refreshed: true, version: await store.write(token), expiresAtMs: token.expiresAtMs };
  };

  const measure = (expiresAtMs: number): Metrics => ({
    [`${kind}.expires_in`]: { value: Math.max(0, expiresAtMs - clock.now()) / 1_000, unit: 'Seconds' },
  });
  /** How long there is left to mend what failed. */
  const measureStored = async (signal: AbortSignal): Promise<Metrics> => {
    try {
      return measure((await store.read(signal))?.expiresAtMs ?? 0);
    } catch (error) {
      log('warn', 'stored token could not be read', { token: kind, cause: describeError(error) });
      return {};
    }
  };

  return async (request, signal) => {
    try {
      const result = await refresh(request, signal);
      const fields = {
        token: kind,
        refreshed: result.refreshed,
        expires_at: new Date(result.expiresAtMs).toISOString(),
      };
      log('info', 'token refresh', fields, measure(result.expiresAtMs));
      return result;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const fields = { token: kind, code: error.code, cause: describeError(thrown) };
      log('error', 'token refresh failed', fields, { 'token.refresh_failures': one, ...(await measureStored(signal)) });
      throw error;
    }
  };
}

/** Does the jobs a request asks for, each on its own: one that fails does not keep the others from being done. */
export function createTokenRefreshes(refreshes: Readonly<Partial<Record<TokenKind, RefreshToken>>>) {
  return async (request: RefreshRequest, signal: AbortSignal): Promise<RefreshResult[]> => {
    const jobs = Object.entries(refreshes)
      .filter(([kind]) => request.token === undefined || kind === request.token)
      .map(([, refresh]) => refresh(request, signal));
    if (jobs.length === 0) throw new GatewayError('service_token_failed', 'This token is not configured');
    // Waits for all of them before the first failure is thrown.
    await Promise.allSettled(jobs);
    return Promise.all(jobs);
  };
}
