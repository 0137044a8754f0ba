// The public keys of an OpenID Connect issuer: found by its discovery document, kept, and read again when they rotate.
import { createLocalJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import * as z from 'zod/mini';
import { GatewayError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { describeError } from '../platform/logger.ts';
import type { Log } from '../platform/logger.ts';

/** Reads a JSON document. Rejects when there is none. */
export type FetchJson = (url: URL) => Promise<unknown>;

export interface IssuerKeysOptions {
  /** As in `iss`: scheme, host and path, e.g. `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc`;
   * Auth0's end with a slash. */
  readonly issuer: string;
  readonly fetchJson: FetchJson;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long keys are used before they are read again. */
const lifetimeMs = 600_000;
/** How long they go on serving when they cannot be read again: a revoked key is out after this time at the latest. */
const staleLifetimeMs = 86_400_000;
/** The least time between two readings, whatever tokens come: an unknown key id is cheap to make up. */
const cooldownMs = 30_000;

const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Creates the function that finds the key of a token. An unknown key id makes it read the keys again, so that a
 * rotation needs no restart.
 *
 * It throws GatewayError `sign_in_unavailable` while there are no keys to go by, and jose's errors for a token whose key
 * is not the issuer's.
 */
export function createIssuerKeys({ issuer, fetchJson, clock, log }: IssuerKeysOptions): JWTVerifyGetKey {
  let findKey: JWTVerifyGetKey | undefined;
  let readAtMs = -Infinity;
  let triedAtMs = -Infinity;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    triedAtMs = clock.now();
    try {
      const keySet = keySetSchema.parse(await fetchJson(await findKeySetUrl(issuer, fetchJson)));
      findKey = createLocalJWKSet(keySet);
      readAtMs = clock.now();
    } catch (error) {
      log('warn', 'keys of the issuer could not be read', { cause: describeError(error) });
    } finally {
      reading = undefined;
    }
  };
  /** Reads once for all who ask at the same time, and not again too soon. */
  const readAgain = async (): Promise<void> => {
    if (reading === undefined && clock.now() - triedAtMs < cooldownMs) return;
    await (reading ??= read());
  };

  return async (header, token) => {
    if (clock.now() - readAtMs >= lifetimeMs) await readAgain();
    if (findKey === undefined || clock.now() - readAtMs >= staleLifetimeMs) {
      throw new GatewayError('sign_in_unavailable', 'The keys of the token issuer cannot be read at the moment');
    }
    try {
      return await findKey(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await readAgain();
      return findKey(header, token);
    }
  };
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function findKeySetUrl(issuer: string, fetchJson: FetchJson): Promise<URL> {
  const discoverySchema = z.looseObject({ issuer: z.literal(issuer), jwks_uri: z.url() });
  const { jwks_uri: keySetUrl } = discoverySchema.parse(
    await fetchJson(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)),
  );
  const url = new URL(keySetUrl);
  if (url.protocol !== new URL(issuer).protocol) throw new Error('the keys of the issuer are not where they may be');
  return url;
}
