// Fetches results that are too large for the results queue, where a message names an object in a bucket instead.
import { GetObjectCommand, NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { isJsonObject, parseExactJson } from '../../lib/core/json.ts';
import { BatchError } from './batch-error.ts';
import type { Result } from './line-result.ts';

/**
 * Returns the result in a message of the results queue: the message itself, or the object that its `result_location`
 * names. Undefined when that object does not exist or is not a JSON object.
 *
 * @throws BatchError when S3 refuses it.
 */
export async function fetchResult(s3: S3Client, content: Result): Promise<Result | undefined> {
  const location = content['result_location'];
  if (!isJsonObject(location)) return content;
  const { bucket, key } = location;
  if (typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const result = parseExactJson((await Body?.transformToString()) ?? '');
    return isJsonObject(result) ? result : undefined;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    if (!(error instanceof S3ServiceException)) throw error;
    // The error of AWS names neither bucket nor key.
    throw new BatchError(`The result s3://${bucket}/${key} cannot be read: ${error.name}: ${error.message}`, 1, error);
  }
}
