// Objects in memory, with the failures that a test asks for.
import { createMemoryObjectStore } from '../../lib/queue/memory-object-store.ts';
import type { ObjectStore } from '../../lib/core/object-store.ts';

export interface RecordingStore extends ObjectStore {
  /** `<method> <key>`, in order, failed ones included. */
  readonly calls: readonly string[];
  /** Makes the next calls of a method fail. Default: every one from now on. */
  fail(method: keyof ObjectStore, times?: number): void;
  /** Makes every method fail, or none any more. */
  setDown(isDown: boolean): void;
  /** The object as a JSON value. */
  peek(key: string): Promise<unknown>;
}

export function createRecordingStore(): RecordingStore {
  const objects = createMemoryObjectStore();
  const calls: string[] = [];
  const failures = new Map<keyof ObjectStore, number>();
  let isStoreDown = false;
  const begin = (method: keyof ObjectStore, key: string): void => {
    calls.push(`${method} ${key}`);
    const left = failures.get(method) ?? 0;
    failures.set(method, left - 1);
    if (isStoreDown || left > 0) throw Object.assign(new Error('canary of S3'), { name: 'SlowDown' });
  };
  const { signal } = new AbortController();
  return {
    calls,
    fail: (method, times = Infinity) => void failures.set(method, times),
    setDown: (isDown) => void (isStoreDown = isDown),
    peek: async (key) => {
      const found = await objects.read(key, signal);
      return found === undefined ? undefined : (JSON.parse(found.body) as unknown);
    },
    read: async (key, ...rest) => {
      begin('read', key);
      return objects.read(key, ...rest);
    },
    write: async (key, ...rest) => {
      begin('write', key);
      return objects.write(key, ...rest);
    },
    create: async (key, ...rest) => {
      begin('create', key);
      return objects.create(key, ...rest);
    },
    replace: async (key, ...rest) => {
      begin('replace', key);
      return objects.replace(key, ...rest);
    },
  };
}
