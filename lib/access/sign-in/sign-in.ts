// Sign-in of end users: verifies JWTs of the configured OpenID Connect issuer, and reads who the user is and what they may do.
import type { JWTPayload } from 'jose';
import { userIdPrefix } from '../../core/caller.ts';
import type { Caller } from '../../core/caller.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import type { IssuerKeysOptions, Jose } from './issuer-keys.ts';
import { readClaims } from './user-claims.ts';

export interface SignInOptions extends IssuerKeysOptions {
  /** A token must name one of these in `aud`, or, if it has no `aud`, in `client_id`. */
  readonly audiences: readonly string[];
  /** The models that a user may call if the token names none. Undefined: all. */
  readonly defaultModels: readonly string[] | undefined;
  readonly clock: Clock;
}

/**
 * Verifies a token and returns its user.
 *
 * @param signal The waiting request's signal: when it aborts, this call rejects with its reason.
 * A read that others share goes on.
 * @throws GatewayError `access_token_invalid` or `access_token_expired` (401), `sign_in_unavailable` (503).
 */
export type VerifyUser = (token: string, signal: AbortSignal) => Promise<Caller>;

/** The longest token that is accepted, in characters: longer than issuers make them, and within API Gateway's limit for headers. */
const longestToken = 8_192;

/** Asymmetric algorithms only. If HS256 were accepted, anybody could sign a token with the public key as the secret. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** By how many seconds the issuer's clock may differ from ours. */
const clockTolerance = 30;

/** Creates the verifier (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, RFC 8725). */
export function createSignIn({ audiences, defaultModels, ...options }: SignInOptions): VerifyUser {
  const keys = createIssuerKeys(options);
  const { issuer, clock, jose } = options;

  const verify = async (token: string, signal: AbortSignal): Promise<JWTPayload> => {
    try {
      const { payload } = await jose.jwtVerify(token, keys.createFinder(signal), {
        issuer,
        algorithms,
        clockTolerance,
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      throw error instanceof GatewayError ? error : explain(error, jose.errors);
    }
  };

  return async (token, signal) => {
    if (token.length > longestToken) throw refuse(`has ${token.length} characters, more than ${longestToken}`);
    const payload = await verify(token, signal);
    if (!listAudiences(payload).some((audience) => audiences.includes(audience))) {
      throw refuse('was issued for another audience');
    }
    const { sub, models, limits } = readClaims(payload);
    return { id: `${userIdPrefix}${sub}`, userId: sub, models: models ?? defaultModels, limits };
  };
}

/**
 * Access tokens of Cognito have no `aud` but name the app client in `client_id`. In a token that has an `aud`, `client_id`
 * names the client that requested the token, which may be meant for another API (RFC 9068), so it is not used.
 */
function listAudiences({ aud, client_id: clientId }: JWTPayload): readonly string[] {
  if (aud !== undefined) return [aud].flat();
  return typeof clientId === 'string' ? [clientId] : [];
}

/** Says what is wrong with a token, without quoting anything from it. */
function explain(error: unknown, errors: Jose['errors']): GatewayError {
  if (error instanceof errors.JWTExpired) return new GatewayError('access_token_expired', 'The token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reasons: Partial<Record<string, string>> = {
      iss: 'is from another issuer',
      nbf: 'is not valid yet',
      exp: 'does not say when it expires',
      sub: 'does not say whose it is',
    };
    return refuse(reasons[error.claim] ?? 'has a claim that is not valid');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse('is signed with an algorithm that is not accepted');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return refuse('does not say which key of the issuer signed it');
  if (error instanceof errors.JWKSNoMatchingKey) return refuse('is signed with a key that is not the issuer’s');
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('has a signature that is not valid');
  if (error instanceof errors.JOSEError || error instanceof TypeError) return refuse('is not a well-formed JWT');
  throw error;
}

function refuse(reason: string): GatewayError {
  return new GatewayError('access_token_invalid', `The token ${reason}`);
}
