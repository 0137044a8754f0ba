// Tokens that expire: Qianfan V1's access_token, which is part of the query, and V2's short-lived bearer token.
import type { StoredToken, TokenSource } from '../../token/token-source.ts';
import { withBearer } from './bearer-key.ts';
import type { Credentials, HeldCredential } from './credentials.ts';

type Authorize = (token: string) => HeldCredential['authorize'];

/** Authenticates to V1. Qianfan refuses a token with 100, 110 or 111. */
export function createAccessTokenCredentials(tokens: TokenSource): Credentials {
  return createTokenCredentials(tokens, 'access_token', (token) => (request) => {
    const url = new URL(request.url);
    url.searchParams.set('access_token', token);
    return { ...request, url };
  });
}

/** Authenticates to V2. Qianfan refuses a token with 401 or 403. */
export function createBearerTokenCredentials(tokens: TokenSource): Credentials {
  return createTokenCredentials(tokens, 'key', (token) => (request) => withBearer(request, token));
}

function createTokenCredentials(tokens: TokenSource, kind: Credentials['kind'], authorize: Authorize): Credentials {
  const hold = (token: StoredToken): HeldCredential => ({
    authorize: authorize(token.value),
    secrets: [token.value],
    replace: async (signal) => hold(await tokens.replace(token, signal)),
  });
  return { kind, get: async (signal) => hold(await tokens.get(signal)) };
}
