// The job of the token-refresh function: obtain a token and store it for every sandbox.
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log, Metrics } from '../core/log.ts';
import { settleOrAbort } from '../core/settle-or-abort.ts';
import { livesLongEnough } from './access-tokens.ts';
import type { AccessToken, TokenStore } from './access-tokens.ts';

export interface RefreshOptions {
  readonly store: TokenStore;
  /** Which token it is. Names it in the log and in the metrics. */
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

export interface RefreshCall {
  /** Ends the job. */
  readonly signal: AbortSignal;
  /** Ends the look at what is stored when the job has failed; later than `signal`. */
  readonly reportSignal: AbortSignal;
}

/** Throws GatewayError, after logging it. */
export type RefreshToken = (request: RefreshRequest, call: RefreshCall) => Promise<RefreshResult>;

/**
 * Creates the job. It skips when the store already holds another version than the refused one, so that any number of
 * sandboxes that met the same refusal cause one exchange. A stored token is only overwritten by one that has been
 * received whole and validated, and that lives long enough to be used.
 */
export function createTokenRefresh({ store, kind, obtain, clock, log }: RefreshOptions): RefreshToken {
  const refresh = async ({ rejectedVersion }: RefreshRequest, signal: AbortSignal): Promise<RefreshResult> => {
    if (rejectedVersion !== undefined) {
      const stored = await store.read(signal);
      if (stored !== undefined && stored.version !== rejectedVersion && livesLongEnough(stored, clock)) {
        return { refreshed: false, version: stored.version, expiresAtMs: stored.expiresAtMs };
      }
    }
    const token = await obtain(signal);
    if (!livesLongEnough(token, clock)) {
      const seconds = Math.round((token.expiresAtMs - clock.now()) / 1_000);
      const message = `Baidu issued a token that expires in ${seconds} s, which is too soon to use it`;
      throw new GatewayError('upstream_invalid_response', message);
    }
    signal.throwIfAborted();
    return {
      refreshed: true,
      version: await settleOrAbort(store.write(token), signal),
      expiresAtMs: token.expiresAtMs,
    };
  };

  const measure = (expiresAtMs: number): Metrics => ({
    [`${kind}.expires_in`]: { value: Math.max(0, expiresAtMs - clock.now()) / 1_000, unit: 'Seconds' },
  });
  /** How long there is left to mend what failed; nothing while there has never been a token. */
  const measureStored = async (signal: AbortSignal): Promise<Metrics> => {
    try {
      const stored = await store.read(signal);
      return stored === undefined ? {} : measure(stored.expiresAtMs);
    } catch (error) {
      log('warn', 'stored token could not be read', { token: kind, cause: describeError(error) });
      return {};
    }
  };

  return async (request, { signal, reportSignal }) => {
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
      // Under a signal of its own: the job's may be what ended it.
      const metrics = { 'token.refresh_failures': countOne, ...(await measureStored(reportSignal)) };
      log('error', 'token refresh failed', fields, metrics);
      throw error;
    }
  };
}
