// Who sends a model call: by signature, by access_token or key, or, where that is configured, as a signed-in end user
// or by origin alone.
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest } from '../core/http.ts';
import type { Clock } from '../core/clock.ts';
import { verifyAccessToken } from './issued-token.ts';
import type { ClientRegistry } from './clients.ts';
import type { Cors } from './cors.ts';
import type { VerifyUser } from './sign-in/sign-in.ts';
import { verifySignature } from './verify-signature.ts';
import type { SignatureFault } from './verify-signature.ts';

export interface AuthenticatorOptions {
  readonly clients: ClientRegistry;
  readonly cors: Cors;
  /** The id of the client that requests of an allowed origin count as when they carry no credentials. */
  readonly anonymousClientId: string | undefined;
  /** Undefined: no issuer of tokens is configured. */
  readonly verifyUser?: VerifyUser | undefined;
  readonly clock: Clock;
}

/**
 * Each method waits for the clients, or for the keys of a token's issuer, until the signal aborts, and then throws its
 * reason. While there are no clients to go by, each throws what the registry throws.
 */
export interface Authenticator {
  /**
   * Authenticates a model call. A bce-auth-v1 signature or an end user's token, if there is one, decides; else the
   * access_token.
   *
   * @throws GatewayError `iam_certification_failed` (14), `access_token_malformed` (100), `access_token_invalid` (110),
   * `access_token_expired` (111), `sign_in_unavailable` (2).
   */
  readonly authenticateCall: (request: HttpRequest, signal: AbortSignal) => Promise<Caller>;
  /**
   * Authenticates a request of the OpenAI dialect by its Bearer key, which may be an end user's token.
   *
   * @throws GatewayError `invalid_api_key` (401), and for a token what VerifyUser throws.
   */
  readonly authenticateBearer: (request: HttpRequest, signal: AbortSignal) => Promise<Caller>;
  /**
   * Authenticates a request that only a signature or an end user's token can prove.
   *
   * @throws GatewayError for a token what VerifyUser throws.
   */
  readonly authenticateSigned: (request: HttpRequest, signal: AbortSignal) => Promise<Caller | SignatureFault>;
}

/** What a signature that is well-formed but wrong may be told; the others learn no more than that it is wrong. */
const explanations: Partial<Record<SignatureFault, string>> = {
  malformed: ': the Authorization header is not of the form bce-auth-v1/…, or too long',
  not_yet_valid: ': the timestamp is in the future',
  expired: ': the signature has expired',
  host_not_signed: ': the host must be signed',
};

/** Creates the authenticator of all routes that need a caller. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clients, cors, anonymousClientId, verifyUser, clock } = options;

  // Credentials of any kind, even of a wrong one, are not no credentials.
  const findAnonymous = async (request: HttpRequest, signal: AbortSignal): Promise<Caller | undefined> =>
    anonymousClientId !== undefined && request.headers['authorization'] === undefined && cors.isAllowed(request)
      ? clients.find(anonymousClientId, signal)
      : undefined;

  const authenticateUser = async (request: HttpRequest, signal: AbortSignal): Promise<Caller | undefined> => {
    const jwt = readBearer(request);
    return verifyUser !== undefined && jwt !== undefined && isJwt(jwt) ? verifyUser(jwt, signal) : undefined;
  };

  const authenticateSigned: Authenticator['authenticateSigned'] = async (request, signal) => {
    const user = await authenticateUser(request, signal);
    if (user !== undefined) return user;
    const signer = await verifySignature(request, clients, clock.now(), signal);
    return signer === 'missing' ? ((await findAnonymous(request, signal)) ?? signer) : signer;
  };

  const authenticateCall: Authenticator['authenticateCall'] = async (request, signal) => {
    const user = await authenticateUser(request, signal);
    if (user !== undefined) return user;
    const token = readToken(request);
    const signer =
      token === undefined
        ? await authenticateSigned(request, signal)
        : await verifySignature(request, clients, clock.now(), signal);
    if (typeof signer !== 'string') return signer;
    if (signer !== 'missing') {
      throw new GatewayError('iam_certification_failed', `IAM Certification failed${explanations[signer] ?? ''}`);
    }
    if (token !== undefined) return verifyAccessToken(token, clients, clock.now(), signal);
    throw new GatewayError('access_token_invalid', 'Access token missing: give it as the query parameter access_token');
  };

  const authenticateBearer: Authenticator['authenticateBearer'] = async (request, signal) => {
    const user = await authenticateUser(request, signal);
    if (user !== undefined) return user;
    const key = readBearer(request);
    const client = key === undefined ? await findAnonymous(request, signal) : await clients.findBySecret(key, signal);
    if (client !== undefined) return client;
    const reason = key === undefined ? 'Give the key as "Authorization: Bearer <key>"' : 'The key is not valid';
    throw new GatewayError('invalid_api_key', reason);
  };

  return { authenticateCall, authenticateBearer, authenticateSigned };
}

function readBearer({ headers }: HttpRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
}

/** Three parts, of which the first is a JSON object: no secret that `npm run keys` makes looks so. */
function isJwt(key: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(key);
}

function readToken({ query }: HttpRequest): string | undefined {
  const tokens = query.filter(([name]) => name === 'access_token').map(([, value]) => value);
  if (tokens.length > 1 || tokens[0] === '') {
    throw new GatewayError(
      'access_token_malformed',
      'Invalid parameter: access_token must be given once and not empty',
    );
  }
  return tokens[0];
}
