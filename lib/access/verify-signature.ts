// Who signed a request with bce-auth-v1: the client whose id is the Access Key and whose secret is the Secret Key.
import type { HttpRequest } from '../core/http.ts';
import { parseAuthorization } from '../signing/parse-authorization.ts';
import { verifyAuthorization } from '../signing/verify.ts';
import type { Verification } from '../signing/verify.ts';
import type { Client, ClientRegistry } from './clients.ts';

/** Why a request has no signature of a client. `missing`: no Authorization, or one of another scheme. */
export type SignatureFault = Exclude<Verification, 'valid'> | 'missing' | 'unknown_access_key';

/**
 * Verifies the signature of a request within its own time window, give or take 5 minutes of clock skew.
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

/** The Node SDK signs Content-Length, which a proxy that passes the body on in another form may take away. */
function listHeaders({ headers, body }: HttpRequest, signedHeaders: readonly string[]): [string, string][] {
  const isTakenAway = signedHeaders.includes('content-length') && headers['content-length'] === undefined;
  return Object.entries(isTakenAway ? { ...headers, 'content-length': String(body.length) } : headers);
}
