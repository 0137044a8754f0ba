// The public keys of an OpenID Connect issuer: found through its discovery document, cached, and read again when they rotate.
import type { JWTVerifyGetKey } from 'jose';
import type * as jose from './jose.ts';
import * as z from 'zod/mini';
import { GatewayError } from '../../core/errors.ts';
import { lazy } from '../../core/lazy.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/log.ts';
import type { Log } from '../../core/log.ts';
import { settleOrAbort } from '../../core/settle-or-abort.ts';

/** Fetches a JSON document. Rejects when it cannot be had, or when the signal aborts. */
export type FetchJson = (url: URL, signal: AbortSignal) => Promise<unknown>;

/** The library that verifies tokens. */
export type Jose = typeof jose;

export interface IssuerKeys {
  /**
   * @param signal The waiting request's signal: when it aborts, the finder rejects with its reason.
   * A read that others share goes on.
   */
  createFinder(signal: AbortSignal): JWTVerifyGetKey;
}

export interface IssuerKeysOptions {
  /**
   * Exactly as in the claim `iss`: scheme, host and path, e.g. `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc`.
   * With Auth0 it ends with a slash.
   */
  readonly issuer: string;
  readonly fetchJson: FetchJson;
  readonly jose: Jose;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long keys are used before they are read again. */
const lifetimeMs = 600_000;
/** How long they are used when they cannot be read again. A revoked key is refused after this time at the latest. */
const staleLifetimeMs = 86_400_000;
/** The least time between two reads. Without it, tokens with made-up key ids could cause any number of reads. */
const cooldownMs = 30_000;
/** The same while there are no keys yet, so that nobody can sign in. */
const emptyCooldownMs = 2_000;
/** How long a read of both documents may take. */
const readTimeoutMs = 3_000;

const keySetSchema = lazy(() => z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) }));

/**
 * Creates the source of the issuer's keys. An unknown key id makes it read the keys again, so a rotation needs no
 * restart. While due keys are being read again, the old ones go on serving: a slow issuer delays nobody whose key is
 * known.
 *
 * A finder throws GatewayError `sign_in_unavailable` while there are no keys, and jose's errors for a token whose key is
 * not the issuer's.
 */
export function createIssuerKeys({ issuer, fetchJson, jose, clock, log }: IssuerKeysOptions): IssuerKeys {
  let findKey: JWTVerifyGetKey | undefined;
  let readAtMs = -Infinity;
  let triedAtMs = -Infinity;
  let reading: Promise<void> | undefined;

  const hasKeys = (): boolean => clock.now() - readAtMs < staleLifetimeMs;
  const untilNextMs = (): number => triedAtMs + (hasKeys() ? cooldownMs : emptyCooldownMs) - clock.now();
  const read = async (): Promise<void> => {
    const signal = AbortSignal.timeout(readTimeoutMs);
    try {
      const keySetUrl = await findKeySetUrl(issuer, (url) => fetchJson(url, signal));
      const keySet = keySetSchema().parse(await fetchJson(keySetUrl, signal));
      findKey = withOwnErrors(jose.createLocalJWKSet(keySet), jose.errors);
      readAtMs = clock.now();
    } catch (error) {
      log('warn', 'keys of the issuer could not be read', { cause: describeError(error) });
    } finally {
      triedAtMs = clock.now();
      reading = undefined;
    }
  };
  /** Reads once for all who ask at the same time, and not before the cooldown has passed. */
  const readAgain = async (): Promise<void> => {
    if (reading === undefined && untilNextMs() > 0) return;
    await (reading ??= read());
  };

  return {
    createFinder: (signal) => async (header, token) => {
      if (clock.now() - readAtMs >= lifetimeMs) {
        const again = readAgain();
        if (!hasKeys()) await settleOrAbort(again, signal);
      }
      if (findKey === undefined || !hasKeys()) {
        const message = 'The keys of the token issuer cannot be read at the moment';
        const retryAfterSeconds = Math.max(1, Math.ceil(untilNextMs() / 1_000));
        throw new GatewayError('sign_in_unavailable', message, { retryAfterSeconds });
      }
      try {
        return await findKey(header, token);
      } catch (error) {
        if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw error;
        await settleOrAbort(readAgain(), signal);
        return findKey(header, token);
      }
    },
  };
}

/** Treats a key that cannot be imported as a missing key, whatever the reason. */
function withOwnErrors(findKey: JWTVerifyGetKey, errors: Jose['errors']): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await findKey(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw error;
      throw new errors.JWKSNoMatchingKey(undefined, { cause: error });
    }
  };
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function findKeySetUrl(issuer: string, fetchJson: (url: URL) => Promise<unknown>): Promise<URL> {
  const discoverySchema = z.looseObject({ issuer: z.literal(issuer), jwks_uri: z.url() });
  const { jwks_uri: keySetUrl } = discoverySchema.parse(
    await fetchJson(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)),
  );
  const url = new URL(keySetUrl);
  if (url.protocol !== new URL(issuer).protocol) throw new Error('the jwks_uri must have the scheme of the issuer');
  return url;
}
