// A port: secrets, as JSON documents.
import { parseJson } from './json.ts';

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

/**
 * Parses what a secret holds; undefined when it is not JSON. Editors on Windows put a byte order mark before it, which is no
 * JSON; JSON itself allows the line's end after it.
 */
export function parseSecret(text: string): unknown {
  return parseJson(text.replace(/^\uFEFF/, ''));
}
