// Objects in the memory of one sandbox, where there is no bucket.
import type { ObjectStore, StoredObject } from '../core/object-store.ts';

const mostObjects = 1_000;

/** Creates a store that forgets the oldest objects. */
export function createMemoryObjectStore(): ObjectStore {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  const put = (key: string, body: string): string => {
    writes += 1;
    const etag = String(writes);
    objects.delete(key);
    objects.set(key, { body, etag });
    const [oldest] = objects.keys();
    if (objects.size > mostObjects && oldest !== undefined) objects.delete(oldest);
    return etag;
  };
  return {
    read: async (key) => objects.get(key),
    write: async (key, body) => void put(key, body),
    create: async (key, body) => (objects.has(key) ? undefined : put(key, body)),
    replace: async (key, body, etag) => (objects.get(key)?.etag === etag ? put(key, body) : undefined),
  };
}
