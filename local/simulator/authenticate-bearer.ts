// Authenticates callers of the V2 side, by an API key that the simulator was started with or a short-lived token it issued.
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

/** The kind of credential. Only a token can be revoked. */
export type BearerCaller =
  | { readonly kind: 'key' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' };

/** Authenticates by `Authorization: Bearer`. */
export function authenticateBearer({ request }: Exchange, { apiKeys, bearerTokens }: Simulation): BearerCaller {
  const [, key = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === '') return { kind: 'refused' };
  if (apiKeys.includes(key)) return { kind: 'key' };
  return bearerTokens.judge(key) === 'valid' ? { kind: 'token', token: key } : { kind: 'refused' };
}
