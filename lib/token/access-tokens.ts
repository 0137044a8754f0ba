// The token as this sandbox holds it: read from the store when needed, replaced when Qianfan refuses it.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { createSharedWork } from '../core/shared-work.ts';

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
/** A refresh takes about a second. One that takes longer may hang, while somebody else has stored a token. */
const lookDelayMs = 2_000;

/** Whether a token that expires then lives long enough to begin with. */
export function livesLongEnough({ expiresAtMs }: Pick<AccessToken, 'expiresAtMs'>, clock: Clock): boolean {
  return expiresAtMs - expiryMarginMs > clock.now();
}

/**
 * Creates the sandbox's view of the token. However many requests need a token at once, it is read and renewed once:
 * first by reading the store again, and only if that still holds the refused token, by a refresh. While that takes long,
 * the store is looked at again. Work that nobody waits for any more is given up, so the next request begins with the
 * store. Nothing happens in the background, because a frozen sandbox runs nothing.
 *
 * Both methods throw GatewayError `service_token_failed` when no usable token can be had, or the signal's reason.
 */
export function createAccessTokens({ store, requestRefresh, clock }: AccessTokensOptions): AccessTokens {
  let held: AccessToken | undefined;
  const renewal = createSharedWork<void>();

  /** Returns the token if it can be used, else undefined. */
  const usable = (token: AccessToken | undefined, rejected: AccessToken | undefined): AccessToken | undefined =>
    token !== undefined && token.value !== rejected?.value && livesLongEnough(token, clock) ? token : undefined;

  const waitFor = async (refresh: ReturnType<RequestTokenRefresh>, signal: AbortSignal) => {
    const settled = new AbortController();
    const pause = clock.sleep(lookDelayMs, AbortSignal.any([signal, settled.signal]));
    try {
      return await Promise.race([refresh, pause.then(() => 'pending' as const)]);
    } finally {
      settled.abort();
    }
  };

  const renew = async (rejected: AccessToken | undefined, signal: AbortSignal): Promise<AccessToken> => {
    let refresh: ReturnType<RequestTokenRefresh> | undefined;
    let outcome: 'done' | 'busy' | 'pending' | undefined;
    for (;;) {
      const stored = await store.read(signal);
      const token = usable(stored, rejected);
      if (token !== undefined) return token;
      if (outcome === 'done') {
        throw new GatewayError('service_token_failed', 'The refreshed token is not usable');
      }
      refresh ??= requestRefresh(stored?.version, signal);
      outcome = await waitFor(refresh, signal);
      if (outcome !== 'busy') continue;
      refresh = undefined;
      // Somebody else is refreshing: what they write will do for us too. Sandboxes that met the same refusal spread out.
      await clock.sleep(busyDelayMs * (0.5 + clock.random()), signal);
    }
  };

  const hold = async (rejected: AccessToken | undefined, given: AbortSignal): Promise<void> => {
    try {
      const renewed = await renew(rejected, AbortSignal.any([given, AbortSignal.timeout(renewalTimeoutMs)]));
      // What was given up may end late, when a newer token is held.
      if (!given.aborted) held = renewed;
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw new GatewayError('service_token_failed', 'The token could not be obtained', { cause: error });
    }
  };

  const obtain = async (rejected: AccessToken | undefined, signal: AbortSignal): Promise<AccessToken> => {
    for (;;) {
      const token = usable(held, rejected);
      if (token !== undefined) return token;
      // A renewal that began before this refusal may bring the refused token again: then one more is due.
      await renewal.join(signal, (given) => hold(rejected, given));
    }
  };

  return {
    get: (signal) => obtain(undefined, signal),
    replace: (rejected, signal) => obtain(rejected, signal),
  };
}
