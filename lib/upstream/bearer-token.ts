// Authenticates to Qianfan V2 with a short-lived bearer token.
import { GatewayError } from '../core/errors.ts';
import type { TokenSource } from '../token/token-source.ts';
import { withCredentials } from './credentials.ts';
import type { Send } from './send.ts';

/** Adds the token. When Qianfan answers 401 or 403, the request is replayed once with another token. */
export function withBearerToken(send: Send, tokens: TokenSource): Send {
  return withCredentials(send, {
    source: tokens,
    authorize: (request, { value }) => ({
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${value}` },
    }),
    secretOf: ({ value }) => value,
    isRefused: (error) => error instanceof GatewayError && error.code === 'upstream_auth_failed',
  });
}
