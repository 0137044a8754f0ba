// S3 behind its protocol, with buckets named in the path.
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

/** In the signature of a request, which is all that tells S3's from others. */
const signatureScope = /\/s3\/aws4_request/;

const bucketOperations: Readonly<Record<string, string>> = { PUT: 'CreateBucket', HEAD: 'HeadBucket' };
const objectOperations: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

/**
 * Creates the service, as far as the functions and those who test them use it: whole objects and conditional writes,
 * but no lists, ranges, versions or multipart uploads. It starts without buckets and keeps them in memory.
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
      // SDKs name the operation in the query, for logs; anything else there makes it another operation.
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

/** SDKs send a stream in signed chunks, which are not taken apart here. */
function requireWholeBody({ headers }: AwsRequest): void {
  const isChunked =
    headers['content-encoding']?.includes('aws-chunked') === true ||
    String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
  if (isChunked) throw notImplemented('A streamed body (aws-chunked; send a string or a buffer)');
}
