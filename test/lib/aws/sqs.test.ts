// SQS through the real AWS SDK, against the emulation of the local run.
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createMessageQueues } from '../../../lib/aws/message-queues.ts';
import { createSqsClient } from '../../local/aws-emulation/emulated-clients.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const environment = { ...process.env };
let aws: AwsEmulation;
let client: SQSClient;

beforeAll(async () => {
  aws = await startAwsEmulation({ port: 0, functions: new Map(), log: () => undefined });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  client = createSqsClient(aws.url);
});

afterAll(async () => {
  process.env = environment;
  client.destroy();
  await aws.close();
});

async function createQueue(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return QueueUrl;
}

async function receive(queueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

describe('createMessageQueues', () => {
  it('finds the URL of a queue by its ARN', async () => {
    const url = await createQueue('found');
    expect(await createMessageQueues().findUrl(arnOf('found'))).toBe(url);
  });

  it('fails for a queue that does not exist', async () => {
    await expect(createMessageQueues().findUrl(arnOf('missing'))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('reads what a queue takes and when it gives a message up', async () => {
    await createQueue('dead');
    const redrive = (maxReceiveCount: unknown) =>
      JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount });
    const first = await createQueue('number', { RedrivePolicy: redrive(5), MaximumMessageSize: '2048' });
    const second = await createQueue('text', { RedrivePolicy: redrive('7') });
    const queues = createMessageQueues();
    expect(await queues.readTraits(first)).toEqual({
      maximumMessageBytes: 2_048,
      redrive: { deadLetterQueueArn: arnOf('dead'), maxReceives: 5 },
    });
    expect(await queues.readTraits(second)).toMatchObject({ redrive: { maxReceives: 7 } });
    expect(await queues.readTraits(await createQueue('plain'))).toMatchObject({ redrive: undefined });
  });

  it('sends a message with its attributes', async () => {
    const url = await createQueue('sent');
    await createMessageQueues().send(url, { body: '{"text":"文"}', attributes: { error_code: 'reason', other: 'b' } });
    const [message] = await receive(url);
    expect(message?.Body).toBe('{"text":"文"}');
    expect(message?.MessageAttributes).toEqual({
      error_code: { DataType: 'String', StringValue: 'reason' },
      other: { DataType: 'String', StringValue: 'b' },
    });
  });

  it('sends a message without attributes', async () => {
    const url = await createQueue('bare');
    await createMessageQueues().send(url, { body: '1' });
    expect(await receive(url)).toMatchObject([{ Body: '1' }]);
  });

  it('keeps group and deduplication id on a FIFO queue', async () => {
    const url = await createQueue('order.fifo', { FifoQueue: 'true' });
    const queues = createMessageQueues();
    await queues.send(url, { body: '1', groupId: 'g', deduplicationId: 'same' });
    await queues.send(url, { body: '2', groupId: 'g', deduplicationId: 'same' });
    const messages = await receive(url);
    expect(messages.map(({ Body }) => Body)).toEqual(['1']);
    expect(messages[0]?.Attributes).toMatchObject({ MessageGroupId: 'g', MessageDeduplicationId: 'same' });
  });

  it('fails for a message that the queue does not take', async () => {
    const url = await createQueue('small', { MaximumMessageSize: '1024' });
    await expect(createMessageQueues().send(url, { body: 'x'.repeat(1_025) })).rejects.toThrow(/1024/);
  });

  it('removes a delivery, once or twice', async () => {
    const url = await createQueue('removed', { VisibilityTimeout: '0' });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '1' }));
    const [message] = await receive(url);
    const queues = createMessageQueues();
    await queues.remove(url, message?.ReceiptHandle ?? '');
    await queues.remove(url, message?.ReceiptHandle ?? '');
    expect(await receive(url)).toEqual([]);
  });

  it('changes when deliveries come back, each by itself, and counts those it could not', async () => {
    const url = await createQueue('hidden', { VisibilityTimeout: '600' });
    for (const body of ['now', 'later']) {
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    }
    const seconds = new Map<string, number>();
    for (const { Body, ReceiptHandle = '' } of await receive(url)) seconds.set(ReceiptHandle, Body === 'now' ? 0 : 600);
    const queues = createMessageQueues();
    expect(await queues.changeVisibility(url, seconds)).toBe(0);
    expect(await receive(url)).toMatchObject([{ Body: 'now', Attributes: { ApproximateReceiveCount: '2' } }]);
    expect(await queues.changeVisibility(url, new Map([['no such receipt', 0]]))).toBe(1);
  });

  it('reaches a queue at the configured endpoint, whatever host its URL names', async () => {
    await createQueue('elsewhere');
    await createMessageQueues().send('https://sqs.us-east-1.amazonaws.com/000000000000/elsewhere', { body: '1' });
    expect(await receive(await createMessageQueues().findUrl(arnOf('elsewhere')))).toHaveLength(1);
  });

  it('tries again when it is throttled', async () => {
    const url = await createQueue('throttled');
    aws.throttleNext('SendMessage', 1);
    await createMessageQueues().send(url, { body: '1' });
    expect(await receive(url)).toHaveLength(1);
  });

  it('asks for the URL of a queue once', async () => {
    const url = await createQueue('asked');
    const queues = createMessageQueues();
    expect(await queues.findUrl(arnOf('asked'))).toBe(url);
    expect(await queues.findUrl(arnOf('asked'))).toBe(url);
    const asked = aws.calls.filter(({ operation, target }) => operation === 'GetQueueUrl' && target === 'asked');
    expect(asked).toHaveLength(1);
  });
});
