// Secrets Manager as a SecretStore. What asks it is loaded when the first secret is read.
import type { AwsAccess } from '../config/aws-access.ts';
import { lazy } from '../core/lazy.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';

/**
 * Secrets Manager, with the region, credentials and endpoint that the AWS SDK finds in its environment.
 *
 * @param access With it a secret is first asked for without the SDK's client, whose loading and first calls would be the
 * largest part of what the first request costs. The client is made when that fails, and for writing. Default: the client is asked for everything.
 */
export function createSecretStore(access?: AwsAccess): SecretStore {
  const load = lazy(async () => (await import('./secrets-manager.ts')).createSecretsManagerStore());
  const loadRead = access && lazy(async () => (await import('./signed-secret-read.ts')).createSignedSecretRead(access));
  const readSigned = async (secretId: string, signal: AbortSignal): Promise<StoredSecret | undefined> => {
    const read = await loadRead?.();
    // When it fails, the client tries again, and tells what is wrong if it fails too.
    return read?.(secretId, signal).catch(() => undefined);
  };
  return {
    read: async (secretId, signal) => (await readSigned(secretId, signal)) ?? (await load()).read(secretId, signal),
    write: async (secretId, value) => (await load()).write(secretId, value),
  };
}
