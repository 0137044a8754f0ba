// The calls that Lambda's event source makes to its queue.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';

/** Each call rejects with the error of the AWS SDK. */
export interface EventSourceQueue {
  /** Waits up to a second for messages and returns at most 10, with all their attributes. Rejects when the signal aborts. */
  receive(signal: AbortSignal): Promise<readonly Message[]>;
  /** Deletes at most 10 deliveries. It does not matter if one has already been deleted or has become visible again. */
  remove(messages: readonly Message[]): Promise<void>;
  /** Makes at most 10 deliveries visible again at once. */
  giveBack(messages: readonly Message[]): Promise<void>;
  /** Frees the connections. */
  close(): void;
}

const batchSize = 10;
/** Short, because close() has to wait for the answer: emulators hand messages to a poll even after its caller has left. */
const waitTimeSeconds = 1;

/** Calls the queue through the AWS SDK, with the endpoint and credentials that its environment names. */
export function createEventSourceQueue(url: string): EventSourceQueue {
  const client = new SQSClient({
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    // The URL of a queue may name a host that exists only where the emulator runs.
    useQueueUrlAsEndpoint: false,
  });
  return {
    receive: async (signal) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: waitTimeSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      const { Messages = [] } = await client.send(command, { abortSignal: signal });
      return Messages;
    },
    remove: async (messages) => {
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: toEntries(messages) });
      const { Failed = [] } = await client.send(command);
      const failure = Failed.find(({ SenderFault }) => SenderFault !== true);
      if (failure !== undefined) throw Object.assign(new Error('Not deleted'), { name: failure.Code ?? 'Unknown' });
    },
    giveBack: async (messages) => {
      const entries = toEntries(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries }));
    },
    close: () => client.destroy(),
  };
}

function toEntries(messages: readonly Message[]): { Id: string; ReceiptHandle: string | undefined }[] {
  return messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
}
