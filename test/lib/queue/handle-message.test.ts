import { createHash } from 'node:crypto';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { Delivery } from '../../../lib/core/delivery.ts';
import { createDelivery, redeliver, requestsArn } from '../../doubles/create-delivery.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import { createWorker } from './create-worker.ts';

function keyOf({ body }: Delivery): string {
  return `queue/${createHash('sha256').update(`${requestsArn}\n${body}`).digest('hex')}`;
}

/** Fails so many times for each prompt, then answers. */
const failing = (code: ErrorCode, times: number) =>
  createScriptedUpstream((_request, attempt) => {
    if (attempt <= times) throw new GatewayError(code, 'canary');
    return undefined;
  });

describe('a message that is answered', () => {
  it('becomes one result, and is deleted and known', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    expect(await worker.deliver([delivery])).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a', status: 'succeeded' }]);
    expect(worker.queues.removed).toEqual([delivery.receiptHandle]);
    expect(await worker.table.peek(keyOf(delivery))).toMatchObject({ state: 'sent' });
    expect(worker.ends()).toEqual(['a succeeded']);
  });

  it('is deleted only after its result was sent', async () => {
    const worker = createWorker();
    await worker.deliver([createDelivery()]);
    const calls = worker.queues.calls.filter((call) => call === 'send' || call === 'remove');
    expect(calls).toEqual(['send', 'remove']);
  });

  it('is not answered again when it is delivered again', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    await worker.deliver([delivery]);
    const again = redeliver(delivery);
    expect(await worker.deliver([again])).toEqual([]);
    expect(worker.upstream.prompts).toEqual(['a']);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
    expect(worker.queues.removed).toEqual([delivery.receiptHandle, again.receiptHandle]);
    expect(worker.ends()).toEqual(['a succeeded', 'a duplicate']);
  });

  it('answers for another message with the same body, but not for one on another queue', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    await worker.deliver([delivery]);
    await worker.deliver([{ ...delivery, messageId: 'b' }]);
    await worker.deliver([{ ...delivery, messageId: 'c', queueArn: `${requestsArn}-other` }]);
    expect(worker.ends()).toEqual(['a succeeded', 'b duplicate', 'c succeeded']);
  });
});

describe('a message that is at fault', () => {
  it('becomes one failed result, and is deleted', async () => {
    const worker = createWorker({ upstream: failing('invalid_parameter', 1) });
    const delivery = createDelivery({ messageId: 'a' });
    expect(await worker.deliver([delivery])).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a', status: 'failed' }]);
    expect(worker.queues.removed).toEqual([delivery.receiptHandle]);
    expect(worker.ends()).toEqual(['a failed']);
  });

  it('is tried again when it is sent again', async () => {
    const worker = createWorker({ upstream: failing('invalid_parameter', 1) });
    const delivery = createDelivery({ messageId: 'a' });
    await worker.deliver([delivery]);
    await worker.deliver([{ ...delivery, messageId: 'b' }]);
    expect(worker.ends()).toEqual(['a failed', 'b succeeded']);
  });

  it('is not claimed when it cannot be read: there is no call to save', async () => {
    const worker = createWorker();
    await worker.deliver([createDelivery({ body: 'not json' }), createDelivery({ body: '{"id":"1"}' })]);
    expect(worker.table.calls).toEqual([]);
  });

  it('is named by its MessageId where it has no name of its own', async () => {
    const worker = createWorker();
    await worker.deliver([createDelivery({ messageId: 'a', body: '{"prompt"' })]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a', status: 'failed' }]);
  });
});

describe('a message that may be answered another time', () => {
  it('comes back without a result, and costs one call each time', async () => {
    const worker = createWorker({ upstream: failing('upstream_unreachable', 2) });
    let delivery = createDelivery({ messageId: 'a' });
    expect(await worker.deliver([delivery])).toEqual(['a']);
    expect(worker.queues.removed).toEqual([]);
    expect(await worker.deliver([(delivery = redeliver(delivery))])).toEqual(['a']);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.upstream.prompts).toHaveLength(3);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
    expect(worker.ends()).toEqual(['a returned', 'a returned', 'a succeeded']);
  });

  it('leaves its claim to the next who has the same body', async () => {
    const worker = createWorker({ upstream: failing('upstream_unreachable', 1) });
    const delivery = createDelivery({ messageId: 'a' });
    await worker.deliver([delivery]);
    expect(await worker.deliver([{ ...delivery, messageId: 'b' }])).toEqual([]);
    expect(worker.ends()).toEqual(['a returned', 'b succeeded']);
  });

  it('becomes one dead letter at its last receive', async () => {
    const worker = createWorker({ upstream: failing('upstream_unreachable', 9) });
    const delivery = createDelivery({ messageId: 'a', receiveCount: 5 });
    expect(await worker.deliver([delivery])).toEqual([]);
    expect(worker.queues.sent).toMatchObject([
      { queue: 'requests-dead-letter', body: delivery.body, attributes: { error_code: 'upstream_unreachable' } },
    ]);
    expect(worker.queues.removed).toEqual([delivery.receiptHandle]);
    expect(worker.ends()).toEqual(['a dead_lettered']);
  });

  it('comes back when the dead-letter queue cannot be reached, for SQS to move it', async () => {
    const worker = createWorker({ upstream: failing('upstream_unreachable', 9) });
    worker.queues.fail('send');
    expect(await worker.deliver([createDelivery({ messageId: 'a', receiveCount: 5 })])).toEqual(['a']);
    expect(worker.queues.removed).toEqual([]);
    expect(worker.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'message was not moved to the dead-letter queue' }),
    );
  });
});
