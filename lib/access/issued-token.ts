// The access_tokens that the gateway issues to its own clients. Nothing is stored: a token carries a MAC made with its
// client's secret, and becomes invalid when that secret changes.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../core/errors.ts';
import type { Client, ClientRegistry } from './clients.ts';

/** How long a token is valid, in seconds: 30 days as at Baidu, because SDKs keep a token that long. */
export const tokenLifetimeSeconds = 2_592_000;

/** The form of Baidu's own tokens: `24.<mac>.<lifetime>.<expiry>.<client id in base64url>`. */
const tokenForm = /^24\.([0-9a-f]{64})\.2592000\.([0-9]{10,12})\.([A-Za-z0-9_-]{1,512})$/;

/** Issues a token that is valid from now for {@link tokenLifetimeSeconds}. */
export function issueAccessToken(client: Client, nowMs: number): string {
  const expiresAtSeconds = Math.floor(nowMs / 1_000) + tokenLifetimeSeconds;
  const claims = `${expiresAtSeconds}.${Buffer.from(client.id).toString('base64url')}`;
  return `24.${authenticate(client, claims)}.${tokenLifetimeSeconds}.${claims}`;
}

/**
 * Verifies a token and returns its client.
 *
 * @param signal The waiting request's signal: when it aborts, this call rejects with its reason.
 * A read that others share goes on.
 * @throws GatewayError `access_token_invalid` (110), `access_token_expired` (111), and what the registry throws.
 */
export async function verifyAccessToken(
  token: string,
  clients: ClientRegistry,
  nowMs: number,
  signal: AbortSignal,
): Promise<Client> {
  const [, mac, expiry, encodedId] = tokenForm.exec(token) ?? [];
  if (mac === undefined || expiry === undefined || encodedId === undefined) throw invalidToken();
  const client = await clients.find(Buffer.from(encodedId, 'base64url').toString(), signal);
  if (client === undefined) throw invalidToken();
  const expected = authenticate(client, `${expiry}.${encodedId}`);
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) throw invalidToken();
  if (nowMs >= Number(expiry) * 1_000) throw new GatewayError('access_token_expired', 'Access token expired');
  return client;
}

/** Returns the MAC of the text itself, not of what it decodes to, so that another spelling of the same claims is no token. */
function authenticate(client: Client, claims: string): string {
  return createHmac('sha256', client.secret).update(`qianfan-serverless/access_token/1\n${claims}`).digest('hex');
}

function invalidToken(): GatewayError {
  return new GatewayError('access_token_invalid', 'Access token invalid or no longer valid');
}
