// One delivery of a message, as SQS would make it.
import type { Delivery } from '../../lib/core/delivery.ts';

export const requestsArn = 'arn:aws:sqs:us-east-1:000000000000:requests';

let count = 0;

/** Each delivery is another message, unless it is told its messageId. */
export function createDelivery(given: Partial<Delivery> = {}): Delivery {
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
export function redeliver(delivery: Delivery): Delivery {
  count += 1;
  return { ...delivery, receiptHandle: `receipt-${count}`, receiveCount: delivery.receiveCount + 1 };
}

/** So many messages, named message-1 and on. */
export function createDeliveries(length: number, given: Partial<Delivery> = {}): readonly Delivery[] {
  return Array.from({ length }, (_, index) => createDelivery({ messageId: `message-${index + 1}`, ...given }));
}
