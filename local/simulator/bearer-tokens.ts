// The short-lived tokens that the V2 side accepts in place of an API key.
import { randomBytes } from 'node:crypto';
import { createIssuedTokens } from './issued-tokens.ts';
import type { IssuedTokens } from './issued-tokens.ts';

/** The tokens of the V2 side. */
export interface BearerTokens extends Pick<IssuedTokens, 'judge' | 'revoke' | 'revokeAll'> {
  /** Issues a token of the form `bce-v3/ALTAK-<20 characters>/<40 hex>` that expires at `expiresAtMs`. */
  issue(expiresAtMs: number): string;
}

/** Creates an empty set. `now` is in epoch milliseconds. */
export function createBearerTokens(now: () => number): BearerTokens {
  const tokens = createIssuedTokens(now);
  return {
    ...tokens,
    issue(expiresAtMs) {
      const token = `bce-v3/ALTAK-${randomBytes(15).toString('base64url')}/${randomBytes(20).toString('hex')}`;
      tokens.add(token, expiresAtMs);
      return token;
    },
  };
}
