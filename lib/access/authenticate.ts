// Finds out who sends a request: a client by its signature, access_token or key, or, where that is configured, a
// signed-in end user, or a browser page by its origin alone.
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
  /** The client that a request from an allowed origin counts as when it carries no credentials. */
  readonly anonymousClientId: string | undefined;
  /** Undefined: no issuer of tokens is configured. */
  readonly verifyUser?: VerifyUser | undefined;
  readonly clock: Clock;
}

/**
 * Each method waits until the clients, or the keys of a token's issuer, have been read. When the signal aborts first, it
 * throws the signal's reason; when the clients cannot be read, what the registry throws.
 */
export interface Authenticator {
  /**
   * Authenticates a model call of Qianfan V1: by the end user's token or the bce-auth-v1 signature in `Authorization` if
   * there is one, otherwise by the access_token.
   *
   * @throws GatewayError `iam_certification_failed` (14), `access_token_malformed` (100), `access_token_invalid` (110),
   * `access_token_expired` (111), `sign_in_unavailable` (2).
   */
  readonly authenticateCall: (request: HttpRequest, signal: AbortSignal) => Promise<Caller>;
  /**
   * Authenticates a request of the OpenAI dialect by its Bearer key, which may be a client's secret or an end user's token.
   *
   * @throws GatewayError `invalid_api_key` (401), and for a token what VerifyUser throws.
   */
  readonly authenticateBearer: (request: HttpRequest, signal: AbortSignal) => Promise<Caller>;
  /**
   * Authenticates a request by its signature or an end user's token. An access_token is not accepted.
   *
   * @throws GatewayError for a token what VerifyUser throws.
   */
  readonly authenticateSigned: (request: HttpRequest, signal: AbortSignal) => Promise<Caller | SignatureFault>;
}

/** Added to the message for faults that a sender can mend without a hint at the secret. Other faults get no details. */
const explanations: Partial<Record<SignatureFault, string>> = {
  malformed: ': the Authorization header is not of the form bce-auth-v1/…, or too long',
  not_yet_valid: ': the timestamp is in the future',
  expired: ': the signature has expired',
  host_not_signed: ': the host must be signed',
};

/** Creates the authenticator of all routes that need a caller. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clients, cors, anonymousClientId, verifyUser, clock } = options;

  // A request with an Authorization header is never anonymous, even when the header is of a scheme we do not accept.
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

/** Three parts, the first of them an encoded JSON object. No secret that `npm run keys` makes has this form. */
function isJwt(key: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(key);
}

function readToken({ query }: HttpRequest): string | undefined {
  const tokens = query.filter(([name]) => name === 'access_token').map(([, value]) => value);
  if (tokens.length > 1 || tokens[0] === '') {
    throw new GatewayError(
      'access_token_malformed',
      'Invalid parameter: access_token must be given once and must not be empty',
    );
  }
  return tokens[0];
}
