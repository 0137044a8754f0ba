import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { longestValueBytes } from '../../../lib/core/state-table.ts';
import { createDelivery, redeliver } from '../../doubles/create-delivery.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import { createWorker } from './create-worker.ts';

/** Fails so many times for each prompt, then answers. */
const failing = (code: ErrorCode, times: number) =>
  createScriptedUpstream((_request, attempt) => {
    if (attempt <= times) throw new GatewayError(code, 'canary');
    return undefined;
  });

describe('a result that cannot be sent', () => {
  it('is sent at the next delivery, without another call', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    worker.queues.fail('send', 1);
    expect(await worker.deliver([delivery])).toEqual(['a']);
    expect(worker.queues.removed).toEqual([]);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.upstream.prompts).toEqual(['a']);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a', status: 'succeeded' }]);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.ends()).toEqual(['a returned', 'a succeeded', 'a duplicate']);
  });

  it('makes a dead letter in the end, whose redrive sends the result that is known', async () => {
    const worker = createWorker();
    let delivery = createDelivery({ messageId: 'a' });
    for (let receives = 1; receives < 5; receives += 1) {
      worker.queues.fail('send', 1);
      expect(await worker.deliver([delivery])).toEqual(['a']);
      delivery = redeliver(delivery);
    }
    worker.queues.fail('send', 1);
    expect(await worker.deliver([delivery])).toEqual([]);
    expect(worker.queues.sent).toMatchObject([{ queue: 'requests-dead-letter', body: delivery.body }]);
    await worker.clock.advance(115_000);
    await worker.deliver([createDelivery({ messageId: 'redriven', body: delivery.body })]);
    expect(worker.upstream.prompts).toEqual(['a']);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a', status: 'succeeded' }]);
  });

  it('is made anew when it was too long to be kept, and the log says so', async () => {
    // What is random cannot be compressed.
    const text = randomBytes(longestValueBytes).toString('base64');
    const worker = createWorker({ upstream: createScriptedUpstream(() => ({ text })) });
    const delivery = createDelivery({ messageId: 'a' });
    worker.queues.fail('send', 1);
    // The clock stands still: it would not wait for the compression, which takes real time.
    expect(await worker.handleBatch([delivery], worker.clock.now() + 115_000)).toEqual(['a']);
    expect(worker.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'result was not kept: the message is answered anew',
        fields: { message_id: 'a', reason: 'it is too long for the state table' },
      }),
    );
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.upstream.prompts).toEqual(['a', 'a']);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
  });

  it('is a failure as before when it is sent later, and not known', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a', body: 'not json' });
    worker.queues.fail('send', 1);
    await worker.deliver([delivery]);
    await worker.deliver([redeliver(delivery)]);
    // Somebody else's, with an id of its own.
    await worker.deliver([createDelivery({ messageId: 'b', body: 'not json' })]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    expect(worker.ends()).toEqual(['a returned', 'a failed', 'b failed']);
  });
});

describe('a failed result that cannot be sent', () => {
  it('is a failure as before when it is asked for again, and not known', async () => {
    const worker = createWorker({ upstream: failing('invalid_parameter', 2) });
    const delivery = createDelivery({ messageId: 'a' });
    worker.queues.fail('send', 1);
    await worker.deliver([delivery]);
    await worker.deliver([redeliver(delivery)]);
    await worker.deliver([createDelivery({ messageId: 'b', body: delivery.body })]);
    expect(worker.ends()).toEqual(['a returned', 'a failed', 'b succeeded']);
  });
});

describe('a table that cannot be asked', () => {
  it('does not stop the queue, and the log says so', async () => {
    const worker = createWorker();
    worker.table.setDown(true);
    expect(await worker.deliver([createDelivery({ messageId: 'a' })])).toEqual([]);
    expect(worker.ends()).toEqual(['a succeeded']);
    expect(worker.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'known results cannot be used' }),
    );
  });

  it('loses no result that cannot be sent either', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    worker.table.setDown(true);
    worker.queues.fail('send', 1);
    expect(await worker.deliver([delivery])).toEqual(['a']);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
  });

  it('does not hold a message up that was claimed before', async () => {
    const worker = createWorker({ upstream: failing('upstream_unreachable', 1) });
    const delivery = createDelivery({ messageId: 'a' });
    worker.table.fail('remove', 1);
    expect(await worker.deliver([delivery])).toEqual(['a']);
    await worker.clock.advance(30_001);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
  });

  it.each([
    ['succeeded', 0],
    ['failed', 1],
  ])('does not bring a message back that has %s', async (end, failures) => {
    const worker = createWorker({
      upstream: createScriptedUpstream((_request, attempt) => {
        // Once the claim is made.
        worker.table.setDown(true);
        if (attempt <= failures) throw new GatewayError('invalid_parameter', 'canary');
        return undefined;
      }),
    });
    expect(await worker.deliver([createDelivery({ messageId: 'a' })])).toEqual([]);
    expect(worker.ends()).toEqual([`a ${end}`]);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
  });
});

describe('a message that cannot be deleted', () => {
  it('is left to Lambda, and is not answered again when it comes all the same', async () => {
    const worker = createWorker();
    const delivery = createDelivery({ messageId: 'a' });
    worker.queues.fail('remove', 1);
    expect(await worker.deliver([delivery])).toEqual([]);
    expect(await worker.deliver([redeliver(delivery)])).toEqual([]);
    expect(worker.ends()).toEqual(['a succeeded', 'a duplicate']);
  });
});
