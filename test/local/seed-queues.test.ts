// The queues and the bucket of the local run are there before it starts, and those of the user stay as they are.
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { AwsEmulation } from '../../local/aws-emulation/server.ts';
import { seedQueues, seedResultsBucket } from '../../local/seed-queues.ts';
import { StartupError } from '../../local/startup-error.ts';
import { createQueue, readAttributes, startEmulation, until, useEndpoint } from './emulated-queue.ts';
import { startPartialEmulator } from './partial-emulator.ts';

let emulation: AwsEmulation;

beforeEach(async () => {
  emulation = await startEmulation();
});
afterEach(() => emulation.close());

const neverReports = (line: string): void => {
  throw new Error(line);
};

async function seed() {
  const queues = await seedQueues(neverReports);
  if (queues === undefined) throw new Error('There are no queues');
  return queues;
}

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

it('creates the queues, under the address that the SDK calls', async () => {
  const { requests, results, deadLetters } = await seed();
  const urlOf = (name: string): string => `${emulation.url}/000000000000/${name}`;
  expect([...requests, results, deadLetters]).toEqual(
    ['qianfan-requests', 'qianfan-results', 'qianfan-requests-dead-letter'].map((name) => ({
      url: urlOf(name),
      arn: arnOf(name),
    })),
  );
  const { RedrivePolicy = '', ...attributes } = await readAttributes(requests[0].url);
  expect(attributes).toMatchObject({ VisibilityTimeout: '720', MaximumMessageSize: '1048576' });
  const deadLetterTargetArn = arnOf('qianfan-requests-dead-letter');
  expect(JSON.parse(RedrivePolicy)).toEqual({ deadLetterTargetArn, maxReceiveCount: 6 });
  expect(await readAttributes(results.url)).toHaveProperty('MaximumMessageSize', '1048576');
});

it('leaves queues that exist as they are', async () => {
  const names = ['qianfan-requests', 'qianfan-results', 'qianfan-requests-dead-letter'];
  const own = await Promise.all(names.map((name) => createQueue({ VisibilityTimeout: '3' }, name)));
  const { requests, results, deadLetters } = await seed();
  expect([...requests, results, deadLetters]).toEqual(own.map(({ url, arn }) => ({ url, arn })));
  for (const { url } of own) {
    const attributes = await readAttributes(url);
    expect(attributes).toHaveProperty('VisibilityTimeout', '3');
    expect(attributes).not.toHaveProperty('RedrivePolicy');
  }
  const operations = emulation.calls.map(({ operation }) => operation);
  expect(operations.filter((operation) => operation === 'CreateQueue')).toHaveLength(own.length);
  expect(operations).not.toContain('SetQueueAttributes');
});

it('takes the queue that somebody else has created in the same moment', async () => {
  await createQueue({}, 'qianfan-results');
  await createQueue({}, 'qianfan-requests-dead-letter');
  const gate = Promise.withResolvers<void>();
  emulation.delayNext('CreateQueue', gate.promise);
  const seeding = seed();
  await until(() =>
    emulation.calls.some(({ operation, target }) => operation === 'CreateQueue' && target === 'qianfan-requests'),
  );
  await createQueue({ VisibilityTimeout: '3' }, 'qianfan-requests');
  gate.resolve();
  const { requests } = await seeding;
  expect(await readAttributes(requests[0].url)).toHaveProperty('VisibilityTimeout', '3');
});

it('finds a FIFO queue of requests, but creates none', async () => {
  expect((await seed()).requests).toHaveLength(1);
  const { url, arn } = await createQueue({ FifoQueue: 'true' }, 'qianfan-requests.fifo');
  expect((await seed()).requests.slice(1)).toEqual([{ url, arn }]);
});

it('creates the bucket once, and keeps what is in it', async () => {
  expect(await seedResultsBucket(neverReports)).toBe('qianfan-results');
  const client = new S3Client({ forcePathStyle: true });
  const object = { Bucket: 'qianfan-results', Key: 'known' };
  await client.send(new PutObjectCommand({ ...object, Body: 'result' }));
  expect(await seedResultsBucket(neverReports)).toBe('qianfan-results');
  expect(await (await client.send(new GetObjectCommand(object))).Body?.transformToString()).toBe('result');
  expect(emulation.calls.filter(({ operation }) => operation === 'CreateBucket')).toHaveLength(1);
});

it('takes the bucket that somebody else has created in the same moment', async () => {
  // In us-east-1 it would be no error to create it twice.
  const abroad = await startEmulation({ region: 'eu-west-1' });
  const gate = Promise.withResolvers<void>();
  abroad.delayNext('CreateBucket', gate.promise);
  const seeding = seedResultsBucket(neverReports);
  await until(() => abroad.calls.some(({ operation }) => operation === 'CreateBucket'));
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'qianfan-results' }));
  gate.resolve();
  expect(await seeding).toBe('qianfan-results');
  await abroad.close();
});

describe('an emulator of the user', () => {
  it('may serve neither SQS nor S3, which is said in one line each', async () => {
    const emulator = await startPartialEmulator('sqs', 's3');
    useEndpoint(emulator.url);
    const lines: string[] = [];
    expect(await seedQueues((line) => lines.push(line))).toBeUndefined();
    expect(await seedResultsBucket((line) => lines.push(line))).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(/^queue: none; SQS at AWS_ENDPOINT_URL cannot be used: \w+, HTTP 501$/),
      expect.stringMatching(
        /^bucket: none, so a result too large for the results queue becomes a failed one; S3 at AWS_ENDPOINT_URL cannot be used: \w+, HTTP 501$/,
      ),
    ]);
    await emulator.close();
  });

  it('has to answer', async () => {
    // Port 9 is the discard service, which nobody runs.
    useEndpoint('http://127.0.0.1:9');
    await expect(seedQueues(neverReports)).rejects.toThrow(StartupError);
    await expect(seedQueues(neverReports)).rejects.toThrow('SQS at AWS_ENDPOINT_URL cannot be used: ');
  });
});
