// Errors in the XML of S3.
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-service.ts';
import type { AwsResponse } from './aws-service.ts';

/** Formats an error. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function formatXmlError({ type, status, members, message }: AwsError): AwsResponse {
  const requestId = randomUUID();
  const elements = Object.entries({ Code: type, Message: message, ...members, RequestId: requestId });
  const content = elements.map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`).join('');
  return {
    status,
    headers: { 'Content-Type': 'application/xml', 'X-Amz-Request-Id': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${content}</Error>`,
  };
}

/** The error for a condition on an existing key that does not hold. */
export function preconditionFailed(condition: string): AwsError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new AwsError('PreconditionFailed', message, 412, { Condition: condition });
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
}

/** The error for something that S3 supports but this emulation does not. */
export function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not emulated.`, 501);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
