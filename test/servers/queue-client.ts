// A sender and reader of the local queues, with the real SDK.
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';

export interface QueueClient {
  /** Creates a queue and returns its ARN. */
  create(queue: string, attributes: Readonly<Record<string, string>>): Promise<string>;
  /** Sends bodies, ten at a time; returns their MessageIds in the order of the bodies. */
  send(queue: string, bodies: readonly string[], entry?: Partial<SendMessageBatchRequestEntry>): Promise<string[]>;
  /** Receives and deletes what there is, waiting up to a second for the first message. */
  drain(queue: string): Promise<readonly Message[]>;
  /** Messages visible, in flight and delayed. */
  count(queue: string): Promise<number>;
  close(): void;
}

export function createQueueClient(awsUrl: string): QueueClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: awsUrl, region: 'us-east-1', credentials });
  const urls = new Map<string, string>();
  const findUrl = async (queue: string): Promise<string> => {
    const known = urls.get(queue);
    if (known !== undefined) return known;
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
    urls.set(queue, QueueUrl);
    return QueueUrl;
  };
  const readAttributes = async (queue: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl: await findUrl(queue), AttributeNames: ['All'] });
    return new Map(Object.entries((await client.send(command)).Attributes ?? {}));
  };
  const sendTen = async (queue: string, bodies: readonly string[], entry: Partial<SendMessageBatchRequestEntry>) => {
    const entries = bodies.map((body, index) => ({ ...entry, Id: String(index), MessageBody: body }));
    const command = new SendMessageBatchCommand({ QueueUrl: await findUrl(queue), Entries: entries });
    const { Successful = [], Failed = [] } = await client.send(command);
    if (Failed.length > 0) throw new Error(`SQS refused ${Failed.length} messages: ${Failed[0]?.Message}`);
    const ids = new Map(Successful.map(({ Id, MessageId = '' }) => [Id, MessageId]));
    return bodies.map((_body, index) => ids.get(String(index)) ?? '');
  };
  return {
    create: async (queue, attributes) => {
      await client.send(new CreateQueueCommand({ QueueName: queue, Attributes: attributes }));
      return (await readAttributes(queue)).get('QueueArn') ?? '';
    },
    send: async (queue, bodies, entry = {}) => {
      const ids: string[] = [];
      for (let start = 0; start < bodies.length; start += 10) {
        ids.push(...(await sendTen(queue, bodies.slice(start, start + 10), entry)));
      }
      return ids;
    },
    drain: async (queue) => {
      const QueueUrl = await findUrl(queue);
      const all: Message[] = [];
      for (let wait = 1; ; wait = 0) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: wait,
            MessageAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) return all;
        all.push(...Messages);
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    count: async (queue) => {
      const attributes = await readAttributes(queue);
      const names = ['', 'NotVisible', 'Delayed'].map((state) => `ApproximateNumberOfMessages${state}`);
      return names.reduce((sum, name) => sum + Number(attributes.get(name) ?? 0), 0);
    },
    close: () => client.destroy(),
  };
}
