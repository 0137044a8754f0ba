// Messages become the event that Lambda's SQS event source sends.
import { createQueue, sendEntries, until } from './emulated-queue.ts';
import { poll } from './polled-queue.ts';

it('has the shape of Lambda’s, attributes of all kinds included', async () => {
  const queue = await createQueue();
  const text = { DataType: 'String', StringValue: '你好' };
  const bytes = { DataType: 'Binary.raw', BinaryValue: Buffer.from([0, 255]) };
  await sendEntries(queue.url, [{ Id: 'x', MessageBody: '{"id":"1"}', MessageAttributes: { text, bytes } }]);
  const { batches } = poll(queue);
  await until(() => batches.length === 1);
  const someMilliseconds: unknown = expect.stringMatching(/^\d{13}$/);
  expect(batches[0]).toEqual([
    {
      messageId: expect.stringMatching(/^[\da-f-]{36}$/),
      receiptHandle: expect.stringMatching(/./),
      body: '{"id":"1"}',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: someMilliseconds,
        SenderId: '000000000000',
        ApproximateFirstReceiveTimestamp: someMilliseconds,
      },
      messageAttributes: {
        text: { stringValue: '你好', stringListValues: [], binaryListValues: [], dataType: 'String' },
        bytes: { binaryValue: 'AP8=', stringListValues: [], binaryListValues: [], dataType: 'Binary.raw' },
      },
      md5OfBody: 'e405fac593027bc534cf08cd4d2a5647',
      md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue.name}`,
      awsRegion: 'us-east-1',
    },
  ]);
});
