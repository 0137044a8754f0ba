// An S3 bucket as an ObjectStore.
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../core/object-store.ts';

/** A call that fails is tried once more. */
export function createS3Store(bucket: string): ObjectStore {
  const client = new S3Client({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    // Works for every bucket name and every emulator.
    forcePathStyle: true,
  });
  return {
    write: async (key, body) => {
      const object = { Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' };
      await client.send(new PutObjectCommand(object));
    },
  };
}
