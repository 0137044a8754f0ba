// Authenticates to Qianfan V2 with a short-lived bearer token.
import { GatewayError } from '../errors.ts';
import type { AccessTokens } from '../token/access-tokens.ts';
import { withRefreshedToken } from './refreshed-token.ts';
import type { Send } from './send.ts';

/** Adds the token. When Qianfan answers 401 or 403, the request is replayed once with another token. */
export function withBearerToken(send: Send, tokens: AccessTokens): Send {
  return withRefreshedToken(send, {
    tokens,
    authorize: (request, token) => ({
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${token}` },
    }),
    isRejected: (error) => error instanceof GatewayError && error.code === 'upstream_auth_failed',
  });
}
