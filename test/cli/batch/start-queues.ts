// Queues of an SQS emulator, and a stand-in for the worker that answers as the tests ask.
import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message, QueueAttributeName } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestQueues {
  readonly url: string;
  readonly port: number;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly requests: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly send: (queueUrl: string, body: string, attributes?: Readonly<Record<string, string>>) => Promise<void>;
  /** Receives what is there until there is no more, and keeps it out of sight of others. */
  drain(queueUrl: string): Promise<readonly Message[]>;
  /** Counts all messages, in sight or not. */
  count(queueUrl: string): Promise<number>;
  stop(): Promise<void>;
}

export interface QueueNames {
  readonly requests: string;
  readonly results: string;
  readonly deadLetters: string;
}

export const localNames: QueueNames = {
  requests: 'qianfan-requests',
  results: 'qianfan-results',
  deadLetters: 'qianfan-requests-dead-letter',
};

/** Those of the stage `prod`, with FIFO requests. */
export const stageNames: QueueNames = {
  requests: 'qianfan-serverless-prod-requests.fifo',
  results: 'qianfan-serverless-prod-results',
  deadLetters: 'qianfan-serverless-prod-requests-dead-letter.fifo',
};

/** Starts an emulator of SQS and S3 with three queues. */
export async function startQueues(names: QueueNames = localNames): Promise<TestQueues> {
  const app = buildApp({ logger: false });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { region: 'us-east-1', endpoint: url, credentials };
  const sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
  const createQueue = async (QueueName: string): Promise<string> => {
    const Attributes = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  return {
    url,
    port,
    sqs,
    s3,
    requests: await createQueue(names.requests),
    results: await createQueue(names.results),
    deadLetters: await createQueue(names.deadLetters),
    send: async (QueueUrl, MessageBody, attributes = {}) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      );
      const order = { MessageGroupId: 'one', MessageDeduplicationId: String(Math.random()) };
      const command = { QueueUrl, MessageBody, MessageAttributes, ...(QueueUrl.endsWith('.fifo') && order) };
      await sqs.send(new SendMessageCommand(command));
    },
    drain: async (QueueUrl) => {
      const all: Message[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
        );
        if (Messages.length === 0) return all;
        all.push(...Messages);
      }
    },
    count: async (QueueUrl) => {
      const AttributeNames = [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
      ] satisfies QueueAttributeName[];
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      return Object.values(Attributes).reduce((sum, number) => sum + Number(number), 0);
    },
    stop: async () => {
      sqs.destroy();
      s3.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** What becomes of a message: results that are sent, and whether it goes to the dead-letter queue with attributes. */
export interface Reaction {
  readonly results?: readonly object[];
  readonly deadLetter?: Readonly<Record<string, string>>;
}

export interface StandInWorker {
  /** How often each message was received, by its body. */
  readonly received: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/**
 * Takes messages from the request queue and reacts to them, the last of each receive first. A body that it has seen is
 * acknowledged and gets no second reaction, as the worker does it.
 *
 * @param mayGoOn Whether it takes more messages.
 */
export function startWorker(
  { sqs, requests, results, deadLetters, send }: TestQueues,
  react: (message: Readonly<Record<string, unknown>>) => Reaction | Promise<Reaction>,
  mayGoOn: () => boolean = () => true,
): StandInWorker {
  const received = new Map<string, number>();
  const stopping = new AbortController();
  const handle = async ({ Body = '', ReceiptHandle }: Message): Promise<void> => {
    const times = (received.get(Body) ?? 0) + 1;
    received.set(Body, times);
    if (times === 1) {
      const { results: bodies = [], deadLetter } = await react(JSON.parse(Body) as Record<string, unknown>);
      for (const body of bodies) await send(results, JSON.stringify(body));
      if (deadLetter !== undefined) await send(deadLetters, Body, deadLetter);
    }
    await sqs.send(new DeleteMessageCommand({ QueueUrl: requests, ReceiptHandle }));
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { Messages = [] } = mayGoOn()
        ? await sqs.send(new ReceiveMessageCommand({ QueueUrl: requests, MaxNumberOfMessages: 10 }))
        : {};
      await Promise.all(Messages.toReversed().map(handle));
      if (Messages.length === 0) await sleep(10);
    }
  };
  const working = work();
  return {
    received,
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}

/** Resolves when the condition holds; jest's own timeout ends a wait in vain. */
export async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
