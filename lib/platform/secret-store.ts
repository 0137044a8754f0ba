// Secrets as JSON documents; the AWS SDK behind it is loaded when the first one is read.

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

/** Secrets Manager, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createSecretStore(): SecretStore {
  // One import for all callers. It costs a cold start some 30 ms, so it is not made while loading.
  let loading: Promise<SecretStore> | undefined;
  const load = (): Promise<SecretStore> =>
    (loading ??= import('./secrets-manager.ts').then((module) => module.createSecretsManagerStore()));
  return {
    read: async (secretId, signal) => (await load()).read(secretId, signal),
    write: async (secretId, value) => (await load()).write(secretId, value),
  };
}
