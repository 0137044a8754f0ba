// The access_tokens that the simulator has issued: their form, their expiry and their revocation.
import { randomBytes } from 'node:crypto';
import { createIssuedTokens } from './issued-tokens.ts';
import type { IssuedTokens } from './issued-tokens.ts';

/** Whether a token is valid. `malformed`: it does not have the form of a token. `unknown`: it was never issued, or was revoked. */
export type TokenVerdict = 'valid' | 'malformed' | 'unknown' | 'expired';

export interface OauthTokens extends Pick<IssuedTokens, 'revoke' | 'revokeAll'> {
  readonly lifetimeSeconds: number;
  /** Issues a token of the form `24.<32 hex>.<lifetime>.<expiry, Unix time>.<user>-<application>`. */
  issue(): string;
  judge(token: string): TokenVerdict;
}

const owner = '282335-36572338';

/** Creates an empty set of tokens that live `lifetimeSeconds` by the clock `now` (epoch milliseconds). */
export function createOauthTokens(lifetimeSeconds: number, now: () => number): OauthTokens {
  const tokens = createIssuedTokens(now);
  return {
    ...tokens,
    lifetimeSeconds,
    issue() {
      const expiresAtMs = now() + lifetimeSeconds * 1000;
      const token = formatToken(24, lifetimeSeconds, expiresAtMs);
      tokens.add(token, expiresAtMs);
      return token;
    },
    judge(token) {
      const verdict = tokens.judge(token);
      if (verdict !== 'unknown') return verdict;
      return /^[0-9]+\.[0-9a-f]{32}\.[0-9]+\.[0-9]+\.[0-9]+-[0-9]+$/.test(token) ? 'unknown' : 'malformed';
    },
  };
}

/** A refresh token. Nothing accepts it; Baidu's documentation says to ignore it. */
export function createRefreshToken(nowMs: number): string {
  const lifetimeSeconds = 315_360_000;
  return formatToken(25, lifetimeSeconds, nowMs + lifetimeSeconds * 1000);
}

function formatToken(version: number, lifetimeSeconds: number, expiresAtMs: number): string {
  const random = randomBytes(16).toString('hex');
  return `${version}.${random}.${lifetimeSeconds}.${Math.floor(expiresAtMs / 1000)}.${owner}`;
}
