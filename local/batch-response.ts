// Reads which messages of a batch failed from a function's response, as Lambda's SQS event source does.
import { isJsonObject } from '../lib/core/json.ts';

/**
 * Finds the ids of the messages that failed. A missing or empty response, or one without failures, is a complete
 * success. Returns undefined for a complete failure: the response has another shape, or names a message that is not in
 * the batch.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param returned What the handler returned. It is read as JSON, as by the runtime.
 * @throws TypeError when it cannot be written as JSON.
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
