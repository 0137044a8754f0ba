// An ObjectStore in an S3 bucket.
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../core/object-store.ts';

/** The statuses that S3 answers with when a condition does not hold, or when another conditional write came at the same time. */
const unmetByExisting = [409, 412];

/** Creates the store. S3 is strongly consistent, and of two conditional writes at the same time one fails. */
export function createS3Store(bucket: string): ObjectStore {
  const client = new S3Client({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    // Works for every bucket name and every emulator.
    forcePathStyle: true,
  });
  const put = async (input: Omit<PutObjectCommandInput, 'Bucket'>, abortSignal?: AbortSignal): Promise<string> => {
    const command = new PutObjectCommand({ Bucket: bucket, ContentType: 'application/json', ...input });
    const { ETag } = await client.send(command, abortSignal === undefined ? {} : { abortSignal });
    return ETag ?? '';
  };
  return {
    read: async (key, signal) => {
      try {
        const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
          abortSignal: signal,
        });
        return { body: (await Body?.transformToString()) ?? '', etag: ETag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw signal.aborted ? signal.reason : error;
      }
    },
    write: async (key, body) => {
      await put({ Key: key, Body: body });
    },
    create: async (key, body, signal) => {
      try {
        return await put({ Key: key, Body: body, IfNoneMatch: '*' }, signal);
      } catch (error) {
        if (unmetByExisting.includes(statusOf(error) ?? 0)) return undefined;
        throw signal.aborted ? signal.reason : error;
      }
    },
    replace: async (key, body, etag) => {
      try {
        return await put({ Key: key, Body: body, IfMatch: etag });
      } catch (error) {
        if ([404, ...unmetByExisting].includes(statusOf(error) ?? 0)) return undefined;
        throw error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
