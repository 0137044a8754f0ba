// A fresh emulation with one queue for each test, and the real SDK to use it.
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Message, ReceiveMessageCommandInput, SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createSqsClient } from './emulated-clients.ts';

export interface EmulatedQueue {
  readonly emulation: AwsEmulation;
  readonly client: SQSClient;
  readonly url: string;
  /** Creates another queue and returns its URL. */
  readonly create: (name: string, attributes?: Record<string, string>) => Promise<string>;
  readonly send: (body: string, more?: Partial<SendMessageCommandInput>) => Promise<unknown>;
  /** Receives up to ten messages, with all system attributes. */
  readonly receive: (more?: Partial<ReceiveMessageCommandInput>) => Promise<readonly Message[]>;
  /** Waits until the emulation has been called for the operation. */
  readonly seen: (operation: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts it with the queue `q`. */
export async function startEmulatedQueue(): Promise<EmulatedQueue> {
  const emulation = await startAwsEmulation({ port: 0, functions: new Map() });
  const client = createSqsClient(emulation.url);
  const create: EmulatedQueue['create'] = async (QueueName, Attributes = {}) => {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl;
  };
  const url = await create('q');
  return {
    emulation,
    client,
    url,
    create,
    send: (MessageBody, more) => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more })),
    receive: async (more) => {
      const input: ReceiveMessageCommandInput = { QueueUrl: url, MaxNumberOfMessages: 10, ...more };
      const command = new ReceiveMessageCommand({ MessageSystemAttributeNames: ['All'], ...input });
      return (await client.send(command)).Messages ?? [];
    },
    seen: async (operation) => {
      while (!emulation.calls.some((call) => call.operation === operation)) await new Promise(setImmediate);
    },
    close: () => {
      client.destroy();
      return emulation.close();
    },
  };
}
