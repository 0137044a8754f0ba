// A port: message queues.

export interface OutgoingMessage {
  readonly body: string;
  /** Texts by name. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** A FIFO queue requires this and the next field. */
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export interface QueueTraits {
  /** The most bytes a message may have, its attributes included. */
  readonly maximumMessageBytes: number;
  /** Undefined for a queue without a redrive policy. */
  readonly redrive: { readonly deadLetterQueueArn: string; readonly maxReceives: number } | undefined;
}

export interface MessageQueues {
  findUrl(queueArn: string): Promise<string>;
  readTraits(queueUrl: string): Promise<QueueTraits>;
  send(queueUrl: string, message: OutgoingMessage): Promise<void>;
  /** Deletes one delivery; does nothing when it is deleted already. */
  remove(queueUrl: string, receiptHandle: string): Promise<void>;
  /**
   * Changes how long deliveries stay invisible, in seconds by receipt handle.
   *
   * @returns how many could not be changed.
   */
  changeVisibility(queueUrl: string, seconds: ReadonlyMap<string, number>): Promise<number>;
}
