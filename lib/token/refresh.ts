// The job of the token-refresh function: obtains a token from Baidu and stores it for all sandboxes.
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { countOne, describeError } from '../core/log.ts';
import type { Log, Metrics } from '../core/log.ts';
import { settleOrAbort } from '../core/settle-or-abort.ts';
import { livesLongEnough } from './token-source.ts';
import type { Token, TokenStore } from './token-source.ts';

export interface RefreshOptions {
  readonly store: TokenStore;
  /** The kind of token, which names it in the log and in the metrics. */
  readonly kind: TokenKind;
  /** Obtains a token from Baidu. */
  readonly obtain: (signal: AbortSignal) => Promise<Token>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The kinds of token: access_token for V1, and the short-lived bearer token for V2. */
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
  /** Ends the read of the stored token that follows a failure; aborts later than `signal`. */
  readonly reportSignal: AbortSignal;
}

/** Throws GatewayError, after logging it. */
export type RefreshToken = (request: RefreshRequest, call: RefreshCall) => Promise<RefreshResult>;

/**
 * Creates the job. If the store no longer holds the refused version, the job ends without an exchange: however many
 * sandboxes meet the same refusal, they cause one exchange. Only a token that was received completely, is valid and
 * lives long enough to be used replaces the stored one.
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
      const message = `Baidu issued a token that expires in ${seconds} s, too soon to be used`;
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
  /** Measures how long the stored token is still valid, which is the time left to repair things. Empty if there is no token. */
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
      // With a signal of its own, because the job's may have aborted.
      const metrics = { 'token.refresh_failures': countOne, ...(await measureStored(reportSignal)) };
      log('error', 'token refresh failed', fields, metrics);
      throw error;
    }
  };
}
