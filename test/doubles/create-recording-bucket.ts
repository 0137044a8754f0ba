// A bucket in memory that can fail.
import type { ObjectStore } from '../../lib/core/object-store.ts';

export interface RecordingBucket extends ObjectStore {
  /** What was written, by key. */
  readonly objects: ReadonlyMap<string, string>;
  /** Makes every write fail from now on. */
  fail(): void;
}

export function createRecordingBucket(): RecordingBucket {
  const objects = new Map<string, string>();
  let isDown = false;
  return {
    objects,
    fail: () => void (isDown = true),
    write: async (key, body) => {
      if (isDown) throw Object.assign(new Error('canary of S3'), { name: 'SlowDown' });
      objects.set(key, body);
    },
  };
}
