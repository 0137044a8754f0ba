// A port: the objects of one bucket.

export interface ObjectStore {
  /** Writes JSON under a key, whatever was there before. Rejects when the store cannot be reached or refuses. */
  write(key: string, body: string): Promise<void>;
}
