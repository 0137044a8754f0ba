// A SecretStore that loads its client for Secrets Manager when the first secret is read.
import type { AwsAccess } from '../config/aws-access.ts';
import { lazy } from '../core/lazy.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';

/**
 * Creates the store, with the region, credentials and endpoint that the AWS SDK finds in its environment.
 *
 * @param access If given, a secret is read by one signed request without the SDK's client, because loading the client
 * would take most of a cold start. The client is loaded when that request fails, and for writing. Default: the client
 * does everything.
 */
export function createSecretStore(access?: AwsAccess): SecretStore {
  const load = lazy(async () => (await import('./secrets-manager.ts')).createSecretsManagerStore());
  const loadRead = access && lazy(async () => (await import('./signed-secret-read.ts')).createSignedSecretRead(access));
  const readSigned = async (secretId: string, signal: AbortSignal): Promise<StoredSecret | undefined> => {
    const read = await loadRead?.();
    // After any failure the client reads the secret, and if that fails as well, its error says why.
    return read?.(secretId, signal).catch(() => undefined);
  };
  return {
    read: async (secretId, signal) => (await readSigned(secretId, signal)) ?? (await load()).read(secretId, signal),
    write: async (secretId, value) => (await load()).write(secretId, value),
  };
}
