// End users: who a JWT of the configured OpenID Connect issuer stands for, and what they may do.
import type { JWTPayload } from 'jose';
import { userIdPrefix } from '../../core/caller.ts';
import type { Caller } from '../../core/caller.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import type { IssuerKeysOptions, Jose } from './issuer-keys.ts';
import { readClaims } from './user-claims.ts';

export interface SignInOptions extends IssuerKeysOptions {
  /** Tokens have to be made for one of these: `aud`, or in tokens without one `client_id`. */
  readonly audiences: readonly string[];
  /** What users may call whose token does not say. Undefined: all. */
  readonly defaultModels: readonly string[] | undefined;
  readonly clock: Clock;
}

/**
 * Verifies a token and says whose it is.
 *
 * @param signal The waiting request's signal: when it aborts, this call rejects with its reason.
 * A read that others share goes on.
 * @throws GatewayError `access_token_invalid` or `access_token_expired` (401), `sign_in_unavailable` (503).
 */
export type VerifyUser = (token: string, signal: AbortSignal) => Promise<Caller>;

/** More than any issuer's tokens have, and less than API Gateway takes in headers. */
const longestToken = 8_192;

/** Signatures by private keys only: with HS256 the issuer's public key would do as the secret. */
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

/** Seconds that the issuer's clock may differ from ours. */
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
    if (token.length > longestToken) throw refuse(`has ${token.length} characters; ${longestToken} are the most`);
    const payload = await verify(token, signal);
    if (!listAudiences(payload).some((audience) => audiences.includes(audience))) {
      throw refuse('was made for another audience');
    }
    const { sub, models, limits } = readClaims(payload);
    return { id: `${userIdPrefix}${sub}`, userId: sub, models: models ?? defaultModels, limits };
  };
}

/**
 * Access tokens of Cognito have no `aud`, but the id of the app client. Beside an `aud` it says who asked for the token,
 * which may be for another API (RFC 9068).
 */
function listAudiences({ aud, client_id: clientId }: JWTPayload): readonly string[] {
  if (aud !== undefined) return [aud].flat();
  return typeof clientId === 'string' ? [clientId] : [];
}

/** What is wrong, in words that hold nothing of the token. */
function explain(error: unknown, errors: Jose['errors']): GatewayError {
  if (error instanceof errors.JWTExpired) return new GatewayError('access_token_expired', 'The token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const reasons: Partial<Record<string, string>> = {
      iss: 'is of another issuer',
      nbf: 'is not valid yet',
      exp: 'has no time at which it expires',
      sub: 'does not say whose it is',
    };
    return refuse(reasons[error.claim] ?? 'has a claim that does not hold');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse('is signed with an algorithm that is not accepted');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return refuse('does not say which key of the issuer signed it');
  if (error instanceof errors.JWKSNoMatchingKey) return refuse('is signed with a key that is not the issuer’s');
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('has a signature that does not fit');
  if (error instanceof errors.JOSEError || error instanceof TypeError) return refuse('is not a well-formed JWT');
  throw error;
}

function refuse(reason: string): GatewayError {
  return new GatewayError('access_token_invalid', `The token ${reason}`);
}
