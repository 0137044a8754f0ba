// A port: the objects of one bucket, with conditional writes.

export interface StoredObject {
  readonly body: string;
  /** Changes with every write. */
  readonly etag: string;
}

export interface ObjectStore {
  /** Undefined when there is no such object. */
  read(key: string, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** Writes the object, replacing any that exists. */
  write(key: string, body: string): Promise<void>;
  /** Writes if there is no such object, and returns the etag; undefined when there is one. */
  create(key: string, body: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes if the object is still the one with this etag, and returns the new one; undefined when it is not. */
  replace(key: string, body: string, etag: string): Promise<string | undefined>;
}
