// The real SDK finds SQS behaving as it does at AWS, on the URL of the other services.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  InvalidAttributeValue,
  ListQueuesCommand,
  QueueDoesNotExist,
  QueueNameExists,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { silentLogger } from './emulated-clients.ts';
import { startEmulatedQueue } from './emulated-queue.ts';
import type { EmulatedQueue } from './emulated-queue.ts';

const bareConfig = { credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, logger: silentLogger };
let queue: EmulatedQueue;

beforeEach(async () => {
  queue = await startEmulatedQueue();
});
afterEach(() => queue.close());

const readBodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);
const toHandle = (message: Message | undefined, QueueUrl = queue.url) => ({
  QueueUrl,
  ReceiptHandle: message?.ReceiptHandle,
});

async function readAttributes(QueueUrl = queue.url) {
  const { Attributes } = await queue.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes;
}

describe('a queue', () => {
  it('has its URL under the address of the emulation', async () => {
    expect(queue.url).toBe(`${queue.emulation.url}/000000000000/q`);
    const found = await queue.client.send(new GetQueueUrlCommand({ QueueName: 'q' }));
    expect(found.QueueUrl).toBe(queue.url);
    expect((await queue.client.send(new ListQueuesCommand({}))).QueueUrls).toEqual([queue.url]);
  });

  it('is reached by an SDK that sends to its URL and knows no endpoint', async () => {
    const bare = new SQSClient({ ...bareConfig, region: 'us-east-1' });
    await bare.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'hello' }));
    bare.destroy();
    expect(readBodies(await queue.receive())).toEqual(['hello']);
  });

  it('is the same one whatever region a caller signs for', async () => {
    const elsewhere = new SQSClient({ ...bareConfig, endpoint: queue.emulation.url, region: 'eu-west-1' });
    expect((await elsewhere.send(new GetQueueUrlCommand({ QueueName: 'q' }))).QueueUrl).toBe(queue.url);
    elsewhere.destroy();
  });

  it('has the attributes it was created with, and those of AWS otherwise', async () => {
    expect(await readAttributes(await queue.create('other', { VisibilityTimeout: '720' }))).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:other',
      VisibilityTimeout: '720',
      MaximumMessageSize: '1048576',
    });
  });

  it('that is missing is not found', async () => {
    const missing = queue.client.send(new GetQueueUrlCommand({ QueueName: 'missing' }));
    await expect(missing).rejects.toThrow(QueueDoesNotExist);
    await expect(queue.receive({ QueueUrl: `${queue.url}-missing` })).rejects.toThrow(QueueDoesNotExist);
  });
});

describe('a message', () => {
  it('is received until it is deleted', async () => {
    await queue.send('hello');
    const [message] = await queue.receive();
    expect(message).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } });
    await queue.client.send(new DeleteMessageCommand(toHandle(message)));
    expect(await readAttributes()).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('is out of sight once received, until its visibility timeout is over', async () => {
    await queue.send('hello');
    const [message] = await queue.receive();
    expect(await queue.receive()).toEqual([]);
    await queue.client.send(new ChangeMessageVisibilityCommand({ ...toHandle(message), VisibilityTimeout: 0 }));
    expect(await queue.receive()).toMatchObject([{ Body: 'hello', Attributes: { ApproximateReceiveCount: '2' } }]);
  });

  it('carries its attributes to a receiver that asks for them, and to no other', async () => {
    const attributes = { name: { DataType: 'String', StringValue: 'value' } };
    await queue.send('hello', { MessageAttributes: attributes });
    const [without] = await queue.receive({ VisibilityTimeout: 0 });
    expect(without?.MessageAttributes).toBeUndefined();
    const [withAll] = await queue.receive({ MessageAttributeNames: ['All'] });
    expect(withAll?.MessageAttributes).toEqual(attributes);
  });

  it('goes to the dead-letter queue when it has been received as often as the policy allows', async () => {
    const deadUrl = await queue.create('dead');
    const policy = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 2 };
    const QueueUrl = await queue.create('redriven', { RedrivePolicy: JSON.stringify(policy) });
    await queue.send('poison', { QueueUrl });
    for (const _receive of [1, 2]) {
      expect(readBodies(await queue.receive({ QueueUrl, VisibilityTimeout: 0 }))).toEqual(['poison']);
    }
    expect(await queue.receive({ QueueUrl })).toEqual([]);
    expect(readBodies(await queue.receive({ QueueUrl: deadUrl }))).toEqual(['poison']);
  });
});

describe('a batch', () => {
  const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: `body ${Id}` }));

  it('is sent, received and deleted whole', async () => {
    const sent = await queue.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect([sent.Successful?.map(({ Id }) => Id), sent.Failed]).toEqual([['a', 'b', 'c'], []]);
    const messages = await queue.receive();
    expect(readBodies(messages)).toEqual(['body a', 'body b', 'body c']);
    const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
    await queue.client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: handles }));
    expect(await readAttributes()).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('is not received whole by who asks for less', async () => {
    await queue.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect(await queue.receive({ MaxNumberOfMessages: 2 })).toHaveLength(2);
    expect(await queue.receive({ MaxNumberOfMessages: 2 })).toHaveLength(1);
  });
});

it('keeps the order within a message group, which waits for the message in flight', async () => {
  const QueueUrl = await queue.create('ordered.fifo', { ContentBasedDeduplication: 'true' });
  for (const body of ['a1', 'a2', 'b1']) await queue.send(body, { QueueUrl, MessageGroupId: body.charAt(0) });
  const messages = await queue.receive({ QueueUrl });
  expect(readBodies(messages)).toEqual(['a1', 'b1']);
  expect(await queue.receive({ QueueUrl })).toEqual([]);
  await queue.client.send(new DeleteMessageCommand(toHandle(messages[0], QueueUrl)));
  expect(readBodies(await queue.receive({ QueueUrl }))).toEqual(['a2']);
});

it('fails as SQS does, where the SDK has a class for the error and where it has none', async () => {
  await expect(queue.create('q', { VisibilityTimeout: '1' })).rejects.toThrow(QueueNameExists);
  await expect(queue.create('other', { VisibilityTimeout: '-1' })).rejects.toThrow(InvalidAttributeValue);
  const empty = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: [] });
  await expect(queue.client.send(empty)).rejects.toThrow(EmptyBatchRequest);
  await expect(queue.receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
