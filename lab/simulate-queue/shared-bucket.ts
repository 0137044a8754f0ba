// A bucket that all sandboxes share.
import type { ObjectStore } from '../../lib/core/object-store.ts';
import { createMemoryObjectStore } from '../../lib/queue/memory-object-store.ts';

/** Creates a bucket of one memory store for each key: one for all would forget objects, as a bucket does not. */
export function createSharedBucket(): ObjectStore {
  const stores = new Map<string, ObjectStore>();
  const find = (key: string): ObjectStore => {
    const store = stores.get(key) ?? createMemoryObjectStore();
    stores.set(key, store);
    return store;
  };
  return {
    read: (key, signal) => find(key).read(key, signal),
    write: (key, body) => find(key).write(key, body),
    create: (key, body, signal) => find(key).create(key, body, signal),
    replace: (key, body, etag) => find(key).replace(key, body, etag),
  };
}
