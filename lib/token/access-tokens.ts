// The access_token as this sandbox holds it: read from the store when needed, replaced when Qianfan refuses it.
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { settleOrAbort } from '../settle-or-abort.ts';

export interface AccessToken {
  readonly value: string;
  readonly expiresAtMs: number;
  /** Identifies what the store holds; another value means that somebody has written since. */
  readonly version: string;
}

/** Where the token is kept for all sandboxes. */
export interface TokenStore {
  /** Undefined while nothing has been stored yet. */
  read(signal: AbortSignal): Promise<AccessToken | undefined>;
  /** Replaces the stored token and returns the new version. */
  write(token: Omit<AccessToken, 'version'>): Promise<string>;
}

/**
 * Asks for a refresh of the stored token.
 *
 * @returns `done` when the store holds another version than `rejectedVersion`, `busy` when a refresh is under way
 * elsewhere.
 */
export type RequestTokenRefresh = (
  rejectedVersion: string | undefined,
  signal: AbortSignal,
) => Promise<'done' | 'busy'>;

export interface AccessTokens {
  /** The token to use now. */
  get(signal: AbortSignal): Promise<AccessToken>;
  /** Another token than the one Qianfan refused. */
  replace(rejected: AccessToken, signal: AbortSignal): Promise<AccessToken>;
}

export interface AccessTokensOptions {
  readonly store: TokenStore;
  readonly requestRefresh: RequestTokenRefresh;
  readonly clock: Clock;
}

/** A token this close to its end is not begun with. */
const expiryMarginMs = 60_000;
/** Bounds the work that concurrent requests share; none of their own deadlines can, for the others would suffer. */
const renewalTimeoutMs = 30_000;
const busyDelayMs = 250;

/**
 * Creates the sandbox's view of the token. However many requests need a token at once, it is read and renewed once:
 * first by reading the store again, and only if that still holds the refused token, by a refresh. Nothing happens in the
 * background, because a frozen sandbox runs nothing.
 *
 * Both methods throw GatewayError `service_token_failed` when no usable token can be had, or the signal's reason.
 */
export function createAccessTokens({ store, requestRefresh, clock }: AccessTokensOptions): AccessTokens {
  let held: AccessToken | undefined;
  let renewal: Promise<AccessToken> | undefined;

  /** Returns the token if it can be used, else undefined. */
  const usable = (token: AccessToken | undefined, rejected: AccessToken | undefined): AccessToken | undefined =>
    token !== undefined && token.value !== rejected?.value && token.expiresAtMs - expiryMarginMs > clock.now()
      ? token
      : undefined;

  const renew = async (rejected: AccessToken | undefined): Promise<AccessToken> => {
    const signal = AbortSignal.timeout(renewalTimeoutMs);
    let outcome: 'done' | 'busy' | undefined;
    for (;;) {
      const stored = await store.read(signal);
      const token = usable(stored, rejected);
      if (token !== undefined) return token;
      if (outcome === 'done') {
        throw new GatewayError('service_token_failed', 'The refreshed access_token is not usable');
      }
      outcome = await requestRefresh(stored?.version, signal);
      // Somebody else is refreshing: what they write will do for us too. Sandboxes that met the same refusal spread out.
      if (outcome === 'busy') await clock.sleep(busyDelayMs * (0.5 + clock.random()), signal);
    }
  };

  const obtain = async (rejected: AccessToken | undefined, signal: AbortSignal): Promise<AccessToken> => {
    for (;;) {
      const token = usable(held, rejected);
      if (token !== undefined) return token;
      signal.throwIfAborted();
      renewal ??= renew(rejected)
        .then((renewed) => (held = renewed))
        .catch((error: unknown) => {
          throw error instanceof GatewayError
            ? error
            : new GatewayError('service_token_failed', 'The access_token could not be obtained', { cause: error });
        })
        .finally(() => (renewal = undefined));
      // A renewal that began before this refusal may bring the refused token again: then one more is due.
      await settleOrAbort(renewal, signal);
    }
  };

  return {
    get: (signal) => obtain(undefined, signal),
    replace: (rejected, signal) => obtain(rejected, signal),
  };
}
