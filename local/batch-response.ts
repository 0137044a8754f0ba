// What Lambda's SQS event source reads in the response of a function that reports partial batch failures.
import { isJsonObject } from '../lib/core/json.ts';

/**
 * Finds the ids of the messages that failed. A missing or empty response, or one without failures, is a complete
 * success. Undefined stands for a complete failure: the response has another shape, or names a message that the batch
 * does not have.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param returned What the handler returned; like the runtime, this looks at it as JSON.
 * @throws TypeError when it is not expressible in JSON.
 */
export function findFailedMessages(
  returned: unknown,
  messageIds: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const response: unknown = JSON.parse(JSON.stringify(returned) ?? 'null');
  if (response === null) return new Set();
  if (!isJsonObject(response)) return undefined;
  const failures = response['batchItemFailures'] ?? [];
  if (!Array.isArray(failures)) return undefined;
  const failed = new Set<string>();
  for (const failure of failures as readonly unknown[]) {
    const id = isJsonObject(failure) ? failure['itemIdentifier'] : undefined;
    if (typeof id !== 'string' || !messageIds.has(id)) return undefined;
    failed.add(id);
  }
  return failed;
}
