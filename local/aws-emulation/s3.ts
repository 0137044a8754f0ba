// Emulates S3, with the bucket in the path.
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-service.ts';
import type { AwsRequest, AwsService } from './aws-service.ts';
import { formatXmlError, notImplemented } from './s3-error.ts';
import { s3Operations } from './s3-operations.ts';
import type { S3Store } from './s3-operations.ts';

export interface S3Options {
  readonly region: string;
  /** Epoch milliseconds. Default: the system's clock. */
  readonly now?: () => number;
}

/** Part of the signature of a request to S3. Nothing else distinguishes it from requests to other services. */
const signatureScope = /\/s3\/aws4_request/;

const bucketOperations: Readonly<Record<string, string>> = { PUT: 'CreateBucket', HEAD: 'HeadBucket' };
const objectOperations: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

/**
 * Creates the service with what the functions and their tests use: whole objects and conditional writes, but no lists,
 * ranges, versions or multipart uploads. It starts without buckets and keeps them in memory.
 */
export function createS3({ region, now = Date.now }: S3Options): AwsService {
  const store: S3Store = { region, now, buckets: new Map() };
  return {
    name: 's3',
    recognise: (request) => {
      const { method, query, headers, body } = request;
      if (!signatureScope.test(headers.authorization ?? '')) return undefined;
      const { bucket, key } = readPath(request);
      const operation = (key === '' ? bucketOperations : objectOperations)[method];
      const perform = operation === undefined ? undefined : s3Operations[operation];
      // SDKs add `x-id` to the query for logs. Any other parameter means another operation.
      const subresource = [...new URLSearchParams(query).keys()].find((name) => name !== 'x-id');
      if (operation === undefined || perform === undefined || bucket === '' || subresource !== undefined) {
        throw notImplemented(
          `${method} of ${key === '' ? 'a bucket' : 'an object'}${subresource === undefined ? '' : ` with ?${subresource}`}`,
        );
      }
      requireWholeBody(request);
      return {
        operation,
        target: key === '' ? bucket : `${bucket}/${key}`,
        perform: () => {
          const answered = perform({ bucket, key, headers, body }, store);
          return { ...answered, headers: { ...answered.headers, 'X-Amz-Request-Id': randomUUID() } };
        },
      };
    },
    createThrottlingError: () => new AwsError('SlowDown', 'Please reduce your request rate.', 503),
    formatError: formatXmlError,
  };
}

function readPath({ path }: AwsRequest): { bucket: string; key: string } {
  try {
    const [bucket = '', key = ''] = decodeURIComponent(path.slice(1)).split(/\/(.*)/s, 2);
    return { bucket, key };
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Refuses a streamed body, which SDKs send in signed chunks that are not decoded here. */
function requireWholeBody({ headers }: AwsRequest): void {
  const isChunked =
    headers['content-encoding']?.includes('aws-chunked') === true ||
    String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
  if (isChunked) throw notImplemented('A streamed body (aws-chunked; send a string or a buffer)');
}
