// Finds the client that signed a request with bce-auth-v1: its id is the Access Key, its secret the Secret Key.
import type { HttpRequest } from '../core/http.ts';
import { parseAuthorization } from '../signing/parse-authorization.ts';
import { verifyAuthorization } from '../signing/verify.ts';
import type { Verification } from '../signing/verify.ts';
import type { Client, ClientRegistry } from './clients.ts';

/** Why a request is not signed by a client. `missing`: it has no Authorization header, or one of another scheme. */
export type SignatureFault = Exclude<Verification, 'valid'> | 'missing' | 'unknown_access_key';

/**
 * Verifies the signature of a request. It must be used within its own time window, with 5 minutes of clock skew allowed.
 *
 * @param signal The waiting request's signal: when it aborts, this call rejects with its reason.
 * A read that others share goes on.
 * @throws GatewayError what the registry throws.
 */
export async function verifySignature(
  request: HttpRequest,
  clients: ClientRegistry,
  nowMs: number,
  signal: AbortSignal,
): Promise<Client | SignatureFault> {
  const authorization = parseAuthorization(request.headers['authorization'] ?? '');
  if (authorization === 'not_bce_auth_v1') return 'missing';
  if (typeof authorization === 'string') return 'malformed';
  const client = await clients.find(authorization.accessKeyId, signal);
  if (client === undefined) return 'unknown_access_key';
  const { method, path, query } = request;
  const signed = { method, path, query, headers: listHeaders(request, authorization.signedHeaders) };
  const verdict = verifyAuthorization(authorization, signed, client.secret, nowMs);
  return verdict === 'valid' ? client : verdict;
}

/** Adds a missing Content-Length if it was signed: the Node SDK signs it, and a proxy that re-chunks the body removes it. */
function listHeaders({ headers, body }: HttpRequest, signedHeaders: readonly string[]): [string, string][] {
  const isTakenAway = signedHeaders.includes('content-length') && headers['content-length'] === undefined;
  return Object.entries(isTakenAway ? { ...headers, 'content-length': String(body.length) } : headers);
}
