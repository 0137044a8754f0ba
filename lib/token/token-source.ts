// The source of a token in one sandbox: reads it from the store when it is needed, and has it refreshed when Qianfan
// refuses it. It serves access_tokens and bearer tokens alike.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { createSharedWork } from '../core/shared-work.ts';

/** A token as Baidu issues it. */
export interface Token {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** A token with the version under which it is stored. */
export interface StoredToken extends Token {
  /** Changes with every write to the store. */
  readonly version: string;
}

/** The place where a token is stored for all sandboxes. */
export interface TokenStore {
  /** Undefined while nothing has been stored yet. */
  read(signal: AbortSignal): Promise<StoredToken | undefined>;
  /** Replaces the stored token and returns the new version. */
  write(token: Token): Promise<string>;
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

/** Both methods throw GatewayError `service_token_failed` when no usable token can be had, or the signal's reason. */
export interface TokenSource {
  /** Returns the token to use now. */
  get(signal: AbortSignal): Promise<StoredToken>;
  /** Returns a token to use in place of the one that Qianfan has refused. */
  replace(rejected: StoredToken, signal: AbortSignal): Promise<StoredToken>;
}

export interface TokenSourceOptions {
  readonly store: TokenStore;
  readonly requestRefresh: RequestTokenRefresh;
  readonly clock: Clock;
}

/** A token that expires within this time is not used for a new request. */
const expiryMarginMs = 60_000;
/** Ends the work that concurrent requests share. No request's own deadline may end it while others are waiting. */
const renewalTimeoutMs = 30_000;
const busyDelayMs = 250;
/** A refresh takes about a second. After this time the store is read again: another sandbox may have stored a token. */
const lookDelayMs = 2_000;

/** Whether a token is valid long enough for a new request to use it. */
export function livesLongEnough({ expiresAtMs }: Pick<Token, 'expiresAtMs'>, clock: Clock): boolean {
  return expiresAtMs - expiryMarginMs > clock.now();
}

/**
 * Creates a token source. However many requests need a token at once, they share one renewal. A renewal reads the store
 * first, and asks for a refresh only if the store still holds the refused token. When a refresh takes long, the store is
 * read again meanwhile. A renewal that nobody waits for any more is given up, and the next request starts with the store.
 * Nothing happens in the background, because a frozen sandbox runs nothing.
 */
export function createTokenSource({ store, requestRefresh, clock }: TokenSourceOptions): TokenSource {
  let held: StoredToken | undefined;
  const renewal = createSharedWork<void>();

  /** Returns the token if it can be used, otherwise undefined. */
  const usable = (token: StoredToken | undefined, rejected: StoredToken | undefined): StoredToken | undefined =>
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

  const renew = async (rejected: StoredToken | undefined, signal: AbortSignal): Promise<StoredToken> => {
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
      // A refresh for another sandbox is running, and its token will do. A random pause keeps sandboxes from reading in step.
      await clock.sleep(busyDelayMs * (0.5 + clock.random()), signal);
    }
  };

  const hold = async (rejected: StoredToken | undefined, given: AbortSignal): Promise<void> => {
    try {
      const renewed = await renew(rejected, AbortSignal.any([given, AbortSignal.timeout(renewalTimeoutMs)]));
      // A renewal that was given up may still end, after a newer token has been obtained.
      if (!given.aborted) held = renewed;
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw new GatewayError('service_token_failed', 'The token could not be obtained', { cause: error });
    }
  };

  const obtain = async (rejected: StoredToken | undefined, signal: AbortSignal): Promise<StoredToken> => {
    for (;;) {
      const token = usable(held, rejected);
      if (token !== undefined) return token;
      // A renewal that began before this refusal may return the refused token. Then the loop asks for another.
      await renewal.join(signal, (given) => hold(rejected, given));
    }
  };

  return {
    get: (signal) => obtain(undefined, signal),
    replace: (rejected, signal) => obtain(rejected, signal),
  };
}
