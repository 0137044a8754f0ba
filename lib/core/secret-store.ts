// A port: secrets, as JSON documents.

export interface StoredSecret {
  /** The parsed document; undefined when the secret does not hold JSON. */
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
