// Authenticates to Qianfan V1 with an access_token in the query.
import { GatewayError } from '../core/errors.ts';
import type { TokenSource } from '../token/token-source.ts';
import { withCredentials } from './credentials.ts';
import type { Send } from './send.ts';

const rejectedTokenCodes: ReadonlySet<string> = new Set([
  'access_token_malformed',
  'access_token_invalid',
  'access_token_expired',
]);

/** Adds the token. When Qianfan answers 100, 110 or 111, the request is replayed once with another token. */
export function withAccessToken(send: Send, tokens: TokenSource): Send {
  return withCredentials(send, {
    source: tokens,
    authorize: (request, { value }) => {
      const url = new URL(request.url);
      url.searchParams.set('access_token', value);
      return { ...request, url };
    },
    secretOf: ({ value }) => value,
    isRefused: (error) => error instanceof GatewayError && rejectedTokenCodes.has(error.code),
  });
}
