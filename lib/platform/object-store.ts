// Objects of one bucket, with conditional writes; the AWS SDK behind it is loaded at the first use.
import { lazy } from '../lazy.ts';

export interface StoredObject {
  readonly body: string;
  /** Changes with every write. */
  readonly etag: string;
}

export interface ObjectStore {
  /** Undefined when there is no such object. */
  read(key: string, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** Writes whatever there was before. */
  write(key: string, body: string): Promise<void>;
  /** Writes if there is no such object, and returns the etag; undefined when there is one. */
  create(key: string, body: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes if the object is still the one with this etag, and returns the new one; undefined when it is not. */
  replace(key: string, body: string, etag: string): Promise<string | undefined>;
}

/** S3, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createObjectStore(bucket: string): ObjectStore {
  const load = lazy(() => import('./s3.ts').then((module) => module.createS3Store(bucket)));
  return {
    read: async (...call) => (await load()).read(...call),
    write: async (...call) => (await load()).write(...call),
    create: async (...call) => (await load()).create(...call),
    replace: async (...call) => (await load()).replace(...call),
  };
}
