// An ObjectStore that loads the AWS SDK at the first use.
import { lazy } from '../core/lazy.ts';
import type { ObjectStore } from '../core/object-store.ts';

/** Creates the store of an S3 bucket, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createObjectStore(bucket: string): ObjectStore {
  const load = lazy(() => import('./s3.ts').then((module) => module.createS3Store(bucket)));
  return {
    write: async (...call) => (await load()).write(...call),
  };
}
