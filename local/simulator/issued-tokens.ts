// Tokens of any form that the simulator has issued, until they expire or are revoked.

/** A set of tokens. */
export interface IssuedTokens {
  add(token: string, expiresAtMs: number): void;
  /** `unknown` was never issued or was revoked. */
  judge(token: string): 'valid' | 'expired' | 'unknown';
  revoke(token: string): void;
  /** Revokes every token; returns how many there were. */
  revokeAll(): number;
}

/** Creates an empty set. `now` is in epoch milliseconds. */
export function createIssuedTokens(now: () => number): IssuedTokens {
  const expiresAtMsByToken = new Map<string, number>();
  return {
    add(token, expiresAtMs) {
      expiresAtMsByToken.set(token, expiresAtMs);
    },
    judge(token) {
      const expiresAtMs = expiresAtMsByToken.get(token);
      if (expiresAtMs === undefined) return 'unknown';
      return now() < expiresAtMs ? 'valid' : 'expired';
    },
    revoke(token) {
      expiresAtMsByToken.delete(token);
    },
    revokeAll() {
      const count = expiresAtMsByToken.size;
      expiresAtMsByToken.clear();
      return count;
    },
  };
}
