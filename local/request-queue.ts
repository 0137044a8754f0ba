// The calls that an event source makes to its queue.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';

/** Each call rejects with the error of the AWS SDK. */
export interface RequestQueue {
  /** Waits a second for messages; returns at most 10, with all their attributes. The signal cuts it short. */
  receive(signal: AbortSignal): Promise<readonly Message[]>;
  /** Deletes at most 10 deliveries. One that is deleted already, or that has become visible again, does not matter. */
  remove(messages: readonly Message[]): Promise<void>;
  /** Makes at most 10 deliveries visible again at once. */
  giveBack(messages: readonly Message[]): Promise<void>;
  /** Frees the connections. */
  close(): void;
}

const batchSize = 10;
/** Short, for who ends has to wait for the answer: emulators hand messages to a poll whose caller has gone. */
const waitTimeSeconds = 1;

/** Calls the queue through the AWS SDK, with the endpoint and credentials that its environment names. */
export function createRequestQueue(url: string): RequestQueue {
  const client = new SQSClient({
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    // An emulator may name a host in the queue's URL that exists only where it runs itself.
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
