// One delivery of a message, as SQS would make it.
import type { QueueRecord } from '../../lib/lambda/sqs-batch.ts';

export const requestsArn = 'arn:aws:sqs:us-east-1:000000000000:requests';

let count = 0;

/** Each record is another message, unless it is told its messageId. */
export function createQueueRecord(given: Partial<QueueRecord> = {}): QueueRecord {
  count += 1;
  const messageId = given.messageId ?? `single-${count}`;
  return {
    messageId,
    body: JSON.stringify({ id: messageId, model: 'SQLCoder-7B', prompt: messageId }),
    attributes: {},
    receiptHandle: `receipt-${count}`,
    receiveCount: 1,
    sentAtMs: Date.UTC(2026, 0, 1),
    queueArn: requestsArn,
    groupId: undefined,
    ...given,
  };
}

/** The next delivery of the same message. */
export function redeliver(record: QueueRecord): QueueRecord {
  count += 1;
  return { ...record, receiptHandle: `receipt-${count}`, receiveCount: record.receiveCount + 1 };
}

/** So many messages, named message-1 and on. */
export function createQueueRecords(length: number, given: Partial<QueueRecord> = {}): readonly QueueRecord[] {
  return Array.from({ length }, (_, index) => createQueueRecord({ messageId: `message-${index + 1}`, ...given }));
}
