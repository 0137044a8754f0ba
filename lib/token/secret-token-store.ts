// Keeps a token of either kind in a secret, as `{"access_token": …, "expires_at": seconds}`.
import * as z from 'zod/mini';
import type { SecretStore } from '../core/secret-store.ts';
import type { TokenStore } from './token-source.ts';

const tokenSecretSchema = z.object({ access_token: z.string().check(z.minLength(1)), expires_at: z.number() });

/** Creates the store. A secret that holds anything else, such as the placeholder of a new deployment, counts as empty. */
export function createSecretTokenStore(secrets: SecretStore, secretId: string): TokenStore {
  return {
    read: async (signal) => {
      const secret = await secrets.read(secretId, signal);
      const parsed = tokenSecretSchema.safeParse(secret?.value);
      if (secret === undefined || !parsed.success) return undefined;
      return {
        value: parsed.data.access_token,
        expiresAtMs: parsed.data.expires_at * 1_000,
        version: secret.version,
      };
    },
    write: (token) =>
      secrets.write(secretId, {
        access_token: token.value,
        expires_at: Math.floor(token.expiresAtMs / 1_000),
      }),
  };
}
