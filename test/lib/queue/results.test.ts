import { GatewayError } from '../../../lib/core/errors.ts';
import { createSendResult } from '../../../lib/queue/results.ts';
import type { Result } from '../../../lib/queue/results.ts';
import { decodeQueueMessage } from '../../../lib/dialects/queue/message.ts';
import { createRecordingBucket } from '../../doubles/create-recording-bucket.ts';
import { createDelivery } from '../../doubles/create-delivery.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';

const identity = 'a'.repeat(64);
const delivery = createDelivery({ messageId: 'm-1' });

function create({ queue = 'results', limit = 1_024, hasBucket = true } = {}) {
  const queues = createRecordingQueues({ traits: { [queue]: { maximumMessageBytes: limit } } });
  const { objects, ...store } = createRecordingBucket();
  const bucket = hasBucket ? { name: 'bucket', objects: store } : undefined;
  const sendResult = createSendResult({ queues, queueUrl: `https://sqs.test/${queue}`, bucket });
  const send = (body: string, given: Partial<Result> = {}): Promise<void> =>
    sendResult({
      message: messageOf({ metadata: { tenant: 'a' } }),
      id: '1',
      body,
      refusal: undefined,
      delivery,
      identity,
      ...given,
    });
  return { queues, objects, store, send };
}

function messageOf(body: object) {
  return decodeQueueMessage(JSON.stringify({ id: '1', model: 'SQLCoder-7B', prompt: 'p', ...body }));
}

const refusal = new GatewayError('invalid_parameter', 'reason');
const batchLine = decodeQueueMessage(
  '{"custom_id":"1","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"p"}}',
);
/** A body of so many bytes, most of them in characters of three bytes. */
const bodyOf = (bytes: number): string => JSON.stringify('文'.repeat((bytes - 2) / 3) + 'x'.repeat((bytes - 2) % 3));
const tooLarge = bodyOf(1_025);

describe('createSendResult', () => {
  it('sends a result that fits as it is', async () => {
    const { queues, objects, send } = create();
    await send(bodyOf(1_024));
    expect(queues.sent).toEqual([{ queue: 'results', body: bodyOf(1_024) }]);
    expect(objects.size).toBe(0);
  });

  it('puts a result that does not fit into the bucket, and sends where it is', async () => {
    const { queues, objects, send } = create();
    await send(tooLarge);
    expect([...objects]).toEqual([[`oversized/${identity}.json`, tooLarge]]);
    expect(queues.bodiesOf('results')).toEqual([
      {
        id: '1',
        status: 'succeeded',
        result_location: { bucket: 'bucket', key: `oversized/${identity}.json` },
        metadata: { tenant: 'a' },
      },
    ]);
  });

  it('points to a Batch line by its custom_id', async () => {
    const { queues, send } = create();
    await send(tooLarge, { message: batchLine });
    expect(queues.bodiesOf('results')).toEqual([
      { custom_id: '1', result_location: { bucket: 'bucket', key: `oversized/${identity}.json` } },
    ]);
  });

  it('sends a failed result instead where there is no bucket, and says what helps', async () => {
    const { queues, send } = create({ hasBucket: false });
    await send(tooLarge);
    expect(queues.bodiesOf('results')).toEqual([
      {
        id: '1',
        status: 'failed',
        error: { code: 'body_too_large', message: expect.stringContaining('RESULTS_BUCKET'), error_code: 336_007 },
      },
    ]);
  });

  it('sends a Batch line with an error instead where there is no bucket', async () => {
    const { queues, send } = create({ hasBucket: false });
    await send(tooLarge, { message: batchLine });
    expect(queues.bodiesOf('results')).toMatchObject([
      { custom_id: '1', response: { status_code: 413, body: { error: { code: 'body_too_large' } } }, error: null },
    ]);
  });

  it('asks the queue for its limit once', async () => {
    const { queues, send } = create();
    await Promise.all([send('{}'), send('{}')]);
    await send('{}');
    expect(queues.calls.filter((call) => call === 'readTraits')).toHaveLength(1);
  });

  it('asks again when the limit could not be had', async () => {
    const { queues, send } = create();
    queues.fail('readTraits', 1);
    const both = await Promise.allSettled([send('{}'), send('{}')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await send('{}');
    expect(queues.sent).toHaveLength(1);
  });

  it('fails when the queue or the bucket does', async () => {
    const { queues, store, send } = create();
    store.fail();
    await expect(send(tooLarge)).rejects.toMatchObject({ name: 'SlowDown' });
    expect(queues.sent).toEqual([]);
    queues.fail('send', 1);
    await expect(send('{}')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });

  it('keeps the group of a message on a FIFO queue, where a second result of it is dropped', async () => {
    const { queues, send } = create({ queue: 'results.fifo' });
    await send('{}', { delivery: { ...delivery, groupId: 'g' } });
    expect(queues.sent).toEqual([{ queue: 'results.fifo', body: '{}', groupId: 'g', deduplicationId: 'm-1' }]);
  });

  it.each([
    ['spaces', 'order 1'],
    ['characters beyond ASCII', '订单1'],
    ['more than 128 characters', 'x'.repeat(129)],
  ])('sends the result of an id with %s to a FIFO queue', async (_name, id) => {
    const { queues, send } = create({ queue: 'results.fifo' });
    await send('{}', { id });
    expect(queues.sent).toHaveLength(1);
  });

  it('says of an oversized failed result that it failed', async () => {
    const { queues, send } = create();
    await send(tooLarge, { refusal });
    expect(queues.bodiesOf('results')).toMatchObject([
      { id: '1', status: 'failed', result_location: { bucket: 'bucket' }, metadata: { tenant: 'a' } },
    ]);
  });

  it('sends the reason of an oversized failed result without its metadata where there is no bucket', async () => {
    const { queues, send } = create({ hasBucket: false });
    await send(tooLarge, { refusal });
    const error = { code: 'invalid_parameter', message: 'reason', error_code: 336_003 };
    expect(queues.bodiesOf('results')).toEqual([{ id: '1', status: 'failed', error }]);
  });

  it('sends a pointer without metadata where the pointer would not fit with it', async () => {
    const { queues, send } = create();
    await send(tooLarge, { message: messageOf({ metadata: 'm'.repeat(1_000) }) });
    expect(queues.bodiesOf('results')).toEqual([
      { id: '1', status: 'succeeded', result_location: { bucket: 'bucket', key: `oversized/${identity}.json` } },
    ]);
  });
});
