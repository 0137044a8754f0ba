// A message as a queue delivers it, and who handles a batch of them.

/** One delivery of one message. */
export interface Delivery {
  readonly messageId: string;
  readonly body: string;
  /** What the sender has put beside the body, by name. */
  readonly attributes: Readonly<
    Record<string, { readonly stringValue?: string | undefined; readonly binaryValue?: string | undefined }>
  >;
  /** Names this delivery to SQS. */
  readonly receiptHandle: string;
  /** How often the message has been received, this time included. */
  readonly receiveCount: number;
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
  readonly queueArn: string;
  /** Of a FIFO queue: the group whose order is to be kept. */
  readonly groupId: string | undefined;
}

/**
 * Handles a batch.
 *
 * @param deadlineMs Epoch milliseconds by which it has to be done.
 * @returns the ids of the messages that are to be delivered again; the others are deleted.
 */
export type HandleBatch = (deliveries: readonly Delivery[], deadlineMs: number) => Promise<readonly string[]>;
