// What the function answers decides which messages are deleted, by the rules of Lambda's SQS event source.
import { DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import type { QueuePollerOptions } from '../../local/queue-poller.ts';
import { count, createQueue, send, until } from './emulated-queue.ts';
import { countCalls, poll } from './polled-queue.ts';
import type { Answer } from './polled-queue.ts';

const failed = (...ids: readonly unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

/** Has two messages handled in one batch, and returns what is left once the function's answer has been acted on. */
async function handleTwo(answer: Answer, options: Partial<QueuePollerOptions> = {}) {
  const queue = await createQueue();
  await send(queue.url, 'good', 'bad');
  let receives = Infinity;
  const noted: Answer = (...call) => {
    receives = countCalls(queue);
    return answer(...call);
  };
  const { lines } = poll(queue, noted, { maximumConcurrency: 1, ...options });
  await until(() => countCalls(queue) > receives);
  return { ...(await count(queue.url)), lines };
}

const idOf = (records: readonly SQSRecord[], body: string): string =>
  records.find((record) => record.body === body)?.messageId ?? '';

describe('after the function has answered', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['failures that are null', { batchItemFailures: null }],
    ['no failures', failed()],
  ])('with %s, the whole batch is deleted', async (_title, response) => {
    expect(await handleTwo(() => response)).toEqual({ visible: 0, held: 0, lines: [] });
  });

  it('the messages that it names stay until they become visible again', async () => {
    const left = await handleTwo((records) => failed(idOf(records, 'bad')));
    expect(left).toEqual({ visible: 0, held: 1, lines: [] });
  });

  const noResponse = 'worker failed: its response does not fit this batch';

  it.each<[string, Answer, string]>([
    ['names a message of another batch', (records) => failed(idOf(records, 'bad'), 'other'), noResponse],
    ['names a message by an empty text', () => failed(''), noResponse],
    ['names a message by null', () => failed(null), noResponse],
    [
      'names a message by another key',
      (records) => ({ batchItemFailures: [{ id: idOf(records, 'bad') }] }),
      noResponse,
    ],
    ['is a text', () => 'done', noResponse],
    ['is no JSON', () => ({ batchItemFailures: 1n }), 'worker failed: TypeError'],
  ])('and the answer %s, nothing is deleted', async (_title, answer, line) => {
    const left = await handleTwo(answer);
    expect(left).toEqual({ visible: 0, held: 2, lines: [expect.stringContaining(line)] });
  });

  it('a message that the function has deleted itself is no trouble', async () => {
    const queue = await createQueue();
    await send(queue.url, 'a');
    const { lines } = poll(queue, async (records) => {
      const ReceiptHandle = records[0]?.receiptHandle;
      await new SQSClient().send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
    });
    await until(() => countCalls(queue, 'DeleteMessageBatch') === 1);
    expect(await count(queue.url)).toEqual({ visible: 0, held: 0 });
    expect(lines).toEqual([]);
  });
});

describe('a batch whose function', () => {
  const fail: Answer = () => {
    throw new RangeError('canary');
  };

  it.each<[string, Answer, Partial<QueuePollerOptions>, string]>([
    ['throws', fail, {}, 'worker failed: RangeError'],
    [
      'does not finish in time',
      () => new Promise(() => undefined),
      { timeoutMs: 20 },
      'worker failed: Sandbox.Timedout',
    ],
  ])('%s is not deleted, and is reported without its texts', async (_title, answer, options, line) => {
    const { lines, ...left } = await handleTwo(answer, options);
    expect(left).toEqual({ visible: 0, held: 2 });
    expect(lines).toEqual([expect.stringContaining(line)]);
    expect(lines.join()).not.toMatch(/canary|good|bad/);
  });

  it('throws is delivered again, counted, after the queue’s visibility timeout', async () => {
    const queue = await createQueue({ VisibilityTimeout: '1' });
    await send(queue.url, 'a', 'b');
    const { batches } = poll(queue, (records) =>
      records.some(({ attributes }) => attributes.ApproximateReceiveCount === '1') ? fail(records, {} as Context) : {},
    );
    await until(async () => batches.length > 1 && (await count(queue.url)).held === 0);
    const deliveries = batches.flat().map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`);
    expect(deliveries.toSorted()).toEqual(['a 1', 'a 2', 'b 1', 'b 2']);
  });
});
