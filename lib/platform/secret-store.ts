// Secrets as JSON documents; what asks Secrets Manager for them is loaded when the first one is read.
import type { AwsAccess } from '../aws-access.ts';
import { lazy } from '../lazy.ts';

export interface StoredSecret {
  /** The parsed document; undefined when the secret holds something else than JSON. */
  readonly value: unknown;
  /** Changes with every write. */
  readonly version: string;
}

export interface SecretStore {
  /** Undefined when the secret does not exist or has no value yet. */
  read(secretId: string, signal: AbortSignal): Promise<StoredSecret | undefined>;
  /** Writes a new current version and returns it. */
  write(secretId: string, value: unknown): Promise<string>;
}

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
