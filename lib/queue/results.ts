// Sends results to the results queue, and those that are too large for it to the bucket.
import { GatewayError } from '../core/errors.ts';
import type { Delivery } from '../core/delivery.ts';
import type { MessageQueues } from '../core/message-queues.ts';
import type { ObjectStore } from '../core/object-store.ts';
import { encodeBatchOutput } from '../dialects/openai/batch.ts';
import { encodeOpenAiError } from '../dialects/openai/error.ts';
import { encodeFailed } from '../dialects/queue/message.ts';
import type { QueueMessage } from '../dialects/queue/message.ts';
import { encodeBatchPointer, encodeResultPointer } from '../dialects/queue/result-pointer.ts';

export interface ResultsOptions {
  readonly queues: MessageQueues;
  readonly queueUrl: string;
  /** Where results go that are too large for the queue. Undefined: they become failed results. */
  readonly bucket: { readonly name: string; readonly objects: ObjectStore } | undefined;
}

export interface Result {
  readonly message: QueueMessage;
  readonly id: string;
  readonly body: string;
  /** The error that the result tells of; undefined when it is a completion. */
  readonly refusal: GatewayError | undefined;
  /** The delivery that is answered. */
  readonly delivery: Delivery;
  /** Names the object in the bucket; the same for equal messages. */
  readonly identity: string;
}

/** Sends a result. Throws what SQS or S3 throw. */
export type SendResult = (result: Result) => Promise<void>;

/** Creates what sends results. The size limit of the queue is read once. */
export function createSendResult({ queues, queueUrl, bucket }: ResultsOptions): SendResult {
  let limit: Promise<number> | undefined;
  const readLimit = async (): Promise<number> => {
    limit ??= queues.readTraits(queueUrl).then(({ maximumMessageBytes }) => maximumMessageBytes);
    try {
      return await limit;
    } catch (error) {
      limit = undefined;
      throw error;
    }
  };
  /** Returns the body if it fits into the queue, else a message that stands for it. */
  const fit = async (result: Result): Promise<string> => {
    const { message, id, body, refusal } = result;
    const mostBytes = await readLimit();
    const fits = (text: string): boolean => Buffer.byteLength(text) <= mostBytes;
    if (fits(body)) return body;
    if (bucket === undefined) return encodeRefusal(result, refusal ?? createSizeError(body, mostBytes));
    const location = { bucket: bucket.name, key: `oversized/${result.identity}.json` };
    await bucket.objects.write(location.key, body);
    if (message.form === 'batch') return encodeBatchPointer(id, location);
    const status = refusal === undefined ? 'succeeded' : 'failed';
    const pointer = encodeResultPointer(id, status, location, message.metadata);
    return fits(pointer) ? pointer : encodeResultPointer(id, status, location, undefined);
  };
  return async (result) => {
    const { delivery, identity } = result;
    // A FIFO queue drops the second of two results of one message within five minutes.
    const order = queueUrl.endsWith('.fifo')
      ? { groupId: delivery.groupId ?? identity, deduplicationId: delivery.messageId }
      : {};
    await queues.send(queueUrl, { body: await fit(result), ...order });
  };
}

function createSizeError(body: string, mostBytes: number): GatewayError {
  return new GatewayError(
    'body_too_large',
    `The result has ${Buffer.byteLength(body)} bytes, and the results queue takes ${mostBytes} at most. Set RESULTS_BUCKET to have larger results kept there`,
  );
}

/** Returns a failed result without metadata, so that it fits. */
function encodeRefusal({ message, id, delivery }: Result, error: GatewayError): string {
  return message.form === 'batch'
    ? encodeBatchOutput(id, delivery.messageId, error.status, encodeOpenAiError(error))
    : encodeFailed({ ...message, metadata: undefined }, id, error);
}
