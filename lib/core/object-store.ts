// A port: the objects of one bucket.

export interface ObjectStore {
  /** Writes an object of JSON, whatever there was under its key before. Rejects when the store cannot be reached or refuses. */
  write(key: string, body: string): Promise<void>;
}
