// The operations of S3 on a bucket and on an object.
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-service.ts';
import type { AwsResponse } from './aws-service.ts';
import { noSuchBucket, noSuchKey, notImplemented, preconditionFailed } from './s3-error.ts';

/** The stored objects, bucket → key → object. */
export interface S3Store {
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly buckets: Map<string, Map<string, S3Object>>;
}

interface S3Object {
  readonly body: Buffer;
  /** In quotes, as on the wire. */
  readonly etag: string;
  /** The headers that are sent with the object when it is read. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Input {
  readonly bucket: string;
  readonly key: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Operation = (input: S3Input, store: S3Store) => AwsResponse;

const bucketPattern = /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/;
const keptHeader = /^(?:content-(?:type|encoding|language|disposition)|cache-control|expires|x-amz-meta-.+)$/;
const readConditions = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/**
 * The operations by name. Like S3, they throw AwsError for a missing bucket or key and for a condition that does not
 * hold. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const s3Operations: Readonly<Record<string, Operation>> = {
  CreateBucket: ({ bucket }, { buckets, region }) => {
    if (!bucketPattern.test(bucket)) {
      throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: bucket });
    }
    // In us-east-1, its oldest region, S3 answers as if the bucket had just been created.
    if (buckets.has(bucket) && region !== 'us-east-1') {
      const message = 'Your previous request to create the named bucket succeeded and you already own it.';
      throw new AwsError('BucketAlreadyOwnedByYou', message, 409, { BucketName: bucket });
    }
    if (!buckets.has(bucket)) buckets.set(bucket, new Map());
    return succeed({ Location: `/${bucket}` });
  },

  HeadBucket: ({ bucket }, store) => {
    requireBucket(store, bucket);
    return succeed({ 'X-Amz-Bucket-Region': store.region });
  },

  PutObject: ({ bucket, key, headers, body }, store) => {
    refuseHeaders(headers, ['x-amz-copy-source']);
    const objects = requireBucket(store, bucket);
    requireCondition(headers, key, objects.get(key));
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const kept = Object.entries(headers).filter(([name]) => keptHeader.test(name));
    const lastModified = new Date(store.now()).toUTCString();
    objects.set(key, {
      body,
      etag,
      headers: { 'content-type': 'binary/octet-stream', ...Object.fromEntries(kept), 'last-modified': lastModified },
    });
    return succeed({ ETag: etag });
  },

  GetObject: readObject,
  // The server leaves the body out, as it does for every HEAD.
  HeadObject: readObject,

  DeleteObject: ({ bucket, key, headers }, store) => {
    refuseHeaders(headers, ['if-match']);
    requireBucket(store, bucket).delete(key);
    return { status: 204, headers: {}, body: '' };
  },
};

function readObject({ bucket, key, headers }: S3Input, store: S3Store): AwsResponse {
  refuseHeaders(headers, readConditions);
  const object = requireBucket(store, bucket).get(key);
  if (object === undefined) throw noSuchKey(key);
  return { ...succeed({ ...object.headers, ETag: object.etag }), body: object.body };
}

function requireBucket({ buckets }: S3Store, bucket: string): Map<string, S3Object> {
  const objects = buckets.get(bucket);
  if (objects === undefined) throw noSuchBucket(bucket);
  return objects;
}

/** `If-None-Match: *` requires that there is no object yet, `If-Match` that the object still has this ETag. */
function requireCondition(headers: IncomingHttpHeaders, key: string, existing: S3Object | undefined): void {
  const { 'if-none-match': noneMatch, 'if-match': match } = headers;
  if (noneMatch !== undefined && noneMatch !== '*') throw notImplemented('If-None-Match with an ETag');
  if (noneMatch === '*' && existing !== undefined) throw preconditionFailed('If-None-Match');
  if (match === undefined) return;
  if (existing === undefined) throw noSuchKey(key);
  if (match.replaceAll('"', '') !== existing.etag.replaceAll('"', '')) throw preconditionFailed('If-Match');
}

/** Refuses headers that are not emulated: a client that sends one relies on it, so it must not be ignored. */
function refuseHeaders(headers: IncomingHttpHeaders, names: readonly string[]): void {
  const name = names.find((each) => headers[each] !== undefined);
  if (name !== undefined) throw notImplemented(`The header ${name}`);
}

function succeed(headers: Readonly<Record<string, string>>): AwsResponse {
  return { status: 200, headers, body: '' };
}
