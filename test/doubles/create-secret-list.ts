// A SecretStore in memory.
import type { SecretStore } from '../../lib/core/secret-store.ts';

/** Holds the given values; the version of each counts its writes, from 0. */
export function createSecretList(values: Record<string, unknown> = {}): SecretStore {
  const secrets = new Map(Object.entries(values).map(([id, value]) => [id, { value, version: '0' }]));
  return {
    read: async (secretId) => secrets.get(secretId),
    write: async (secretId, value) => {
      const version = String(Number(secrets.get(secretId)?.version ?? -1) + 1);
      secrets.set(secretId, { value, version });
      return version;
    },
  };
}
