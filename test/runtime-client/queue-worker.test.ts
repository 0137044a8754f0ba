// The packaged function behind the request queue, with the events that an SQS event source makes.
import type { Message } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { createSqsEvent } from '../../local/sqs-event.ts';
import { callAws } from './aws-call.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { readQueueArn } from './provision.ts';
import type { Sandbox } from './sandbox.ts';

describeInRuntime('the packaged queue-worker function', () => {
  let deployment: Deployment;
  let sandbox: Sandbox;

  beforeAll(async () => {
    deployment = await deploy();
    sandbox = await deployment.start('queue-worker', { QUEUE_REQUESTS_PER_MINUTE: '' });
  }, 60_000);

  afterAll(() => deployment.close());

  const urlOf = (id: string): string => deployment.references.get(id) ?? '';

  const receive = async (queueId: string): Promise<readonly Message[]> => {
    const input = {
      QueueUrl: urlOf(queueId),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const { Messages = [] } = await callAws(deployment.aws.url, 'AmazonSQS.ReceiveMessage', input);
    return Messages as readonly Message[];
  };

  /** Sends messages and receives them as the event source does. */
  const deliver = async (bodies: readonly unknown[]): Promise<SQSEvent> => {
    for (const body of bodies) {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await callAws(deployment.aws.url, 'AmazonSQS.SendMessage', { QueueUrl: urlOf('RequestsQueue'), MessageBody });
    }
    const messages = await receive('RequestsQueue');
    expect(messages).toHaveLength(bodies.length);
    return createSqsEvent(messages, await readQueueArn(deployment.aws.url, urlOf('RequestsQueue')));
  };

  const drainResults = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const messages = await receive('ResultsQueue');
    for (const { ReceiptHandle } of messages) {
      await callAws(deployment.aws.url, 'AmazonSQS.DeleteMessage', { QueueUrl: urlOf('ResultsQueue'), ReceiptHandle });
    }
    return messages.map(({ Body }) => JSON.parse(Body ?? '') as Readonly<Record<string, unknown>>);
  };

  it('reports the one message that has to come again, and puts the results of the others on the results queue', async () => {
    const event = await deliver([
      { id: 'first', model: 'SQLCoder-7B', prompt: 'SELECT', metadata: { tag: 'a' } },
      { id: 'bad', model: 'SQLCoder-7B', prompt: 'x [fault cut_after_frames=0]' },
      { id: 'last', endpoint: 'sqlcoder_7b', prompt: 'INSERT' },
    ]);
    const bad = event.Records.find(({ body }) => body.includes('"bad"'));
    const outcome = await sandbox.invoke(event).outcome;
    expect(outcome).toEqual({
      how: 'returned',
      payload: { batchItemFailures: [{ itemIdentifier: bad?.messageId }] },
    });
    const results = await drainResults();
    expect(results.toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toMatchObject([
      { id: 'first', status: 'succeeded', metadata: { tag: 'a' }, completion: { result: expect.stringMatching(/./) } },
      { id: 'last', status: 'succeeded' },
    ]);
  });

  it('reports none when all are answered, one that can never be with its error', async () => {
    const outcome = await sandbox.invoke(await deliver([{ id: 'good', model: 'SQLCoder-7B', prompt: 'x' }, '{"id":']))
      .outcome;
    expect(outcome).toEqual({ how: 'returned', payload: { batchItemFailures: [] } });
    const results = await drainResults();
    expect(results.map(({ status }) => String(status)).toSorted()).toEqual(['failed', 'succeeded']);
  });

  it('answers a message that is delivered twice once', async () => {
    const event = await deliver([{ id: 'twice', model: 'SQLCoder-7B', prompt: 'twice' }]);
    await sandbox.invoke(event).outcome;
    const second = await deployment.start('queue-worker', { QUEUE_REQUESTS_PER_MINUTE: '' });
    const { completionRequests } = deployment.simulator.stats();
    expect(await second.invoke(event).outcome).toEqual({ how: 'returned', payload: { batchItemFailures: [] } });
    expect(deployment.simulator.stats().completionRequests).toBe(completionRequests);
    expect(await drainResults()).toHaveLength(1);
  });

  it('logs neither prompts nor texts', async () => {
    await sandbox.printed('"message":"message"');
    expect(sandbox.output()).not.toMatch(/SELECT|INSERT/);
  });
});
