// Results that are too large for the results queue: what is there points to an object in a bucket.
import { GetObjectCommand, NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { isJsonObject, parseExactJson } from '../../lib/core/json.ts';
import { BatchError } from './batch-error.ts';
import type { Result } from './line-result.ts';

/**
 * Returns what a message of the results queue stands for: itself, or the object that its `result_location` names.
 * Undefined when there is no such object, or it is no JSON object.
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
    // AWS itself names neither.
    throw new BatchError(`The result s3://${bucket}/${key} cannot be read: ${error.name}: ${error.message}`, 1, error);
  }
}
