// A Lambda function on an SQS event source: decodes the event into deliveries and answers with those that failed.
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Delivery, HandleBatch } from '../core/delivery.ts';

/** Kept back from the function's remaining time, to put away what has been answered and hand back the rest. */
const deadlineMarginMs = 5_000;
/** Those of SQS have at most 100 characters. */
const longestMessageId = 256;

/**
 * Creates the function; its event source must have the response type ReportBatchItemFailures.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @throws Error for an event that is not of SQS.
 */
export function createSqsFunction(
  handleBatch: HandleBatch,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  return async (event, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - deadlineMarginMs;
    const failed = await handleBatch(decodeSqsEvent(event), deadlineMs);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function decodeSqsEvent(event: SQSEvent): readonly Delivery[] {
  // Whoever may invoke the function can send it anything.
  const records: unknown = (event as Partial<SQSEvent> | null)?.Records;
  if (!Array.isArray(records) || !records.every(isSqsRecord))
    throw new Error('The event is not of an SQS event source');
  return records.map((record) => ({
    messageId: record.messageId,
    body: record.body,
    attributes: record.messageAttributes ?? {},
    receiptHandle: record.receiptHandle,
    receiveCount: readCount(record.attributes?.ApproximateReceiveCount, 1),
    sentAtMs: readCount(record.attributes?.SentTimestamp, 0),
    queueArn: record.eventSourceARN,
    // On a standard queue a group is for fairness and does not set an order.
    groupId: record.eventSourceARN.endsWith('.fifo') ? record.attributes?.MessageGroupId : undefined,
  }));
}

/** Whether a record says what message it is and of which queue. */
function isSqsRecord(record: SQSRecord | null): record is SQSRecord {
  const { eventSource, messageId, body, receiptHandle, eventSourceARN } = record ?? {};
  const texts: readonly unknown[] = [messageId, body, receiptHandle, eventSourceARN];
  const isWhole = eventSource === 'aws:sqs' && texts.every((text) => typeof text === 'string');
  return isWhole && (messageId?.length ?? 0) <= longestMessageId;
}

/** SQS writes its numbers as texts. */
function readCount(text: unknown, fallback: number): number {
  return typeof text === 'string' && /^[0-9]{1,15}$/.test(text) ? Number(text) : fallback;
}
