import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { createSqsFunction } from '../../../lib/lambda/sqs-batch.ts';
import type { Delivery } from '../../../lib/core/delivery.ts';

const standardArn = 'arn:aws:sqs:us-east-1:000000000000:requests';

/** One record as Lambda's documentation shows it (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
function createRecord(given: Partial<SQSRecord> = {}): SQSRecord {
  return {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...',
    body: 'Test message.',
    attributes: {
      ApproximateReceiveCount: '3',
      SentTimestamp: '1545082649183',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082649185',
    },
    messageAttributes: {
      tenant: { stringValue: 'a', stringListValues: [], binaryListValues: [], dataType: 'String' },
    },
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: standardArn,
    awsRegion: 'us-east-1',
    ...given,
  };
}

async function run(event: unknown, { remainingMs = 120_000, failed = [] as readonly string[] } = {}) {
  const batches: (readonly Delivery[])[] = [];
  const deadlines: number[] = [];
  const handler = createSqsFunction(async (deliveries, deadlineMs) => {
    batches.push(deliveries);
    deadlines.push(deadlineMs);
    return failed;
  });
  const context = { getRemainingTimeInMillis: () => remainingMs } as Context;
  const before = Date.now();
  const response = await handler(event as SQSEvent, context);
  return { response, deliveries: batches[0], deadlineMs: deadlines[0] ?? 0, before, after: Date.now() };
}

describe('createSqsFunction', () => {
  it('reads a delivery', async () => {
    const { deliveries } = await run({ Records: [createRecord()] });
    expect(deliveries).toEqual([
      {
        messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
        body: 'Test message.',
        attributes: { tenant: expect.objectContaining({ stringValue: 'a' }) },
        receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...',
        receiveCount: 3,
        sentAtMs: 1_545_082_649_183,
        queueArn: standardArn,
        groupId: undefined,
      },
    ]);
  });

  it('has a group to keep in order on a FIFO queue only', async () => {
    const attributes = { ...createRecord().attributes, MessageGroupId: 'g' };
    const { deliveries } = await run({
      Records: [createRecord({ attributes, eventSourceARN: `${standardArn}.fifo` }), createRecord({ attributes })],
    });
    expect(deliveries?.map(({ groupId }) => groupId)).toEqual(['g', undefined]);
  });

  it('reports the messages that are to be delivered again, and these only', async () => {
    const { response } = await run({ Records: [createRecord()] }, { failed: ['a', 'b'] });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] });
    expect((await run({ Records: [createRecord()] })).response).toEqual({ batchItemFailures: [] });
  });

  it('keeps five seconds back from the remaining time', async () => {
    const { deadlineMs, before, after } = await run({ Records: [createRecord()] }, { remainingMs: 60_000 });
    expect(deadlineMs).toBeGreaterThanOrEqual(before + 55_000);
    expect(deadlineMs).toBeLessThanOrEqual(after + 55_000);
  });

  it.each([
    ['nothing', null],
    ['an empty object', {}],
    ['records of S3', { Records: [{ eventSource: 'aws:s3' }] }],
    ['one foreign record among others', { Records: [createRecord(), { eventSource: 'aws:sns' }] }],
    ['a record of null', { Records: [null] }],
    ['records that are no list', { Records: 'x' }],
    ['a body that is no text', { Records: [{ ...createRecord(), body: 1 }] }],
    ['a queue that is no text', { Records: [{ ...createRecord(), eventSourceARN: false }] }],
    ['a message without an id', { Records: [{ ...createRecord(), messageId: undefined }] }],
    ['a message with an id of thousands of letters', { Records: [createRecord({ messageId: 'x'.repeat(5_000) })] }],
    ['a delivery without a handle', { Records: [{ ...createRecord(), receiptHandle: {} }] }],
  ])('refuses %s as an event', async (_name, event) => {
    await expect(run(event)).rejects.toThrow('not of an SQS event source');
  });

  it('fails as a whole when the batch does, so that every message is delivered again', async () => {
    const handler = createSqsFunction(async () => {
      throw new Error('broken');
    });
    const context = { getRemainingTimeInMillis: () => 1_000 } as Context;
    await expect(handler({ Records: [createRecord()] }, context)).rejects.toThrow('broken');
  });

  it.each([{}, { ApproximateReceiveCount: 'x', SentTimestamp: '1e999' }, { ApproximateReceiveCount: [2] }])(
    'takes a delivery for the first when it does not say which it is: %j',
    async (attributes) => {
      const { deliveries } = await run({ Records: [{ ...createRecord(), attributes }] });
      expect(deliveries).toEqual([expect.objectContaining({ receiveCount: 1, sentAtMs: 0 })]);
    },
  );
});
