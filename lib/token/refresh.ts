// The job of the token-refresh function: obtain an access_token and store it for every sandbox.
import { toGatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { describeError } from '../platform/logger.ts';
import type { Log } from '../platform/logger.ts';
import type { TokenStore } from './access-tokens.ts';
import type { ExchangeToken, OauthKeys } from './exchange.ts';

export interface RefreshOptions {
  readonly store: TokenStore;
  readonly readKeys: (signal: AbortSignal) => Promise<OauthKeys>;
  readonly exchange: ExchangeToken;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RefreshRequest {
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
export function createTokenRefresh({ store, readKeys, exchange, clock, log }: RefreshOptions): RefreshToken {
  const refresh: RefreshToken = async ({ rejectedVersion }, signal) => {
    if (rejectedVersion !== undefined) {
      const stored = await store.read(signal);
      if (stored !== undefined && stored.version !== rejectedVersion && stored.expiresAtMs > clock.now()) {
        return { refreshed: false, version: stored.version, expiresAtMs: stored.expiresAtMs };
      }
    }
    const token = await exchange(await readKeys(signal), signal);
    return { refreshed: true, version: await store.write(token), expiresAtMs: token.expiresAtMs };
  };

  return async (request, signal) => {
    try {
      const result = await refresh(request, signal);
      log('info', 'token refresh', {
        refreshed: result.refreshed,
        expires_at: new Date(result.expiresAtMs).toISOString(),
      });
      return result;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      log('error', 'token refresh failed', { code: error.code, cause: describeError(thrown) });
      throw error;
    }
  };
}
