import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { Delivery } from '../../../lib/core/delivery.ts';
import { createDeliveries, createDelivery, redeliver } from '../../doubles/create-delivery.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import type { SteppingClock } from '../../doubles/create-stepping-clock.ts';
import { createWorker } from './create-worker.ts';

const { signal } = new AbortController();

/** An upstream that limits every call until `untilMs`, each after so long. */
function createLimitedUpstream(clock: SteppingClock, untilMs: number, retryAfterSeconds?: number) {
  const startsMs: number[] = [];
  const upstream = createScriptedUpstream(async () => {
    startsMs.push(clock.now());
    await clock.sleep(50, signal);
    if (clock.now() < untilMs) throw new GatewayError('qps_limit_reached', 'limit', { retryAfterSeconds });
    return undefined;
  });
  return { upstream, startsMs };
}

function createLimitedWorker(limitedMs: number, retryAfterSeconds?: number) {
  const clock = createSteppingClock();
  const { upstream, startsMs } = createLimitedUpstream(clock, clock.now() + limitedMs, retryAfterSeconds);
  return { ...createWorker({ clock, upstream }), startsMs };
}

describe('a batch that meets a rate limit', () => {
  it('brings back what was limited, and loses nothing', async () => {
    const worker = createLimitedWorker(600_000);
    expect((await worker.deliver(createDeliveries(10))).toSorted()).toHaveLength(10);
    expect(worker.queues.hidden.size).toBe(10);
    expect(worker.queues.sent).toEqual([]);
    expect(worker.clock.sleepers).toBe(0);
  });

  it('calls no more while the upstream asks to be left alone', async () => {
    const worker = createLimitedWorker(600_000, 200);
    await worker.deliver(createDeliveries(10));
    // What was under way when the first answer came.
    expect(worker.startsMs.length).toBeLessThanOrEqual(5);
    expect(Math.min(...worker.queues.hidden.values())).toBeGreaterThanOrEqual(200);
  });

  it('leaves it alone in the next invocations as well', async () => {
    const worker = createLimitedWorker(600_000, 300);
    await worker.deliver(createDeliveries(10));
    const calls = worker.startsMs.length;
    const second = createDeliveries(5).map((delivery) => ({ ...delivery, messageId: `${delivery.messageId}b` }));
    expect(await worker.deliver(second)).toHaveLength(5);
    expect(worker.startsMs).toHaveLength(calls);
    // Not to come back at once, and again, until their receives are used up.
    const seconds = second.map(({ receiptHandle }) => worker.queues.hidden.get(receiptHandle) ?? 0);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(300);
  });

  it('goes on once the limit is over', async () => {
    const worker = createLimitedWorker(1_000);
    let deliveries = createDeliveries(10);
    for (let receives = 1; receives <= 4 && deliveries.length > 0; receives += 1) {
      const back = new Set(await worker.deliver(deliveries));
      deliveries = deliveries.filter(({ messageId }) => back.has(messageId)).map(redeliver);
      await worker.clock.advance(60_000);
    }
    expect(deliveries).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toHaveLength(10);
  });

  it('backs off as a whole after five in a row', async () => {
    const worker = createLimitedWorker(600_000);
    expect(await worker.deliver(createDeliveries(10, { receiveCount: 4 }))).toHaveLength(10);
    expect(worker.startsMs).toHaveLength(5);
    // Of 1 s × 2^3, those that were not tried included.
    expect([...worker.queues.hidden.values()]).toEqual(Array.from({ length: 10 }, () => 6));
  });

  it('goes on while answers come in between', async () => {
    let calls = 0;
    const upstream = createScriptedUpstream(() => {
      calls += 1;
      if (calls % 5 !== 0) throw new GatewayError('qps_limit_reached', 'limit');
      return undefined;
    });
    const worker = createWorker({ upstream });
    expect(await worker.deliver(createDeliveries(10))).toHaveLength(8);
    expect(upstream.prompts).toHaveLength(10);
  });

  it('brings back only the one that a passing limit met', async () => {
    const upstream = createScriptedUpstream(({ prompt }) => {
      if (prompt === 'message-3') throw new GatewayError('high_load', 'limit');
      return undefined;
    });
    const worker = createWorker({ upstream });
    expect(await worker.deliver(createDeliveries(10))).toEqual(['message-3']);
  });

  it('does not count messages that were not tried', async () => {
    const clock = createSteppingClock();
    const upstream = createScriptedUpstream(async ({ prompt }) => {
      await clock.sleep(1_000, signal);
      if (prompt === 'limited') throw new GatewayError('qps_limit_reached', 'limit', { retryAfterSeconds: 300 });
      return undefined;
    });
    const worker = createWorker({ clock, upstream });
    await worker.deliver([createDelivery({ body: '{"id":"1","model":"SQLCoder-7B","prompt":"limited"}' })]);
    const poison = createDelivery({ messageId: 'poison', body: 'not json' });
    const back = await worker.deliver([...createDeliveries(9, { receiveCount: 2 }), poison]);
    expect(back).toHaveLength(9);
    expect(worker.ends()).toContain('poison failed');
  });

  it('stops for a limited message that was its last receive, too', async () => {
    const worker = createLimitedWorker(600_000);
    await worker.deliver(createDeliveries(10, { receiveCount: 5 }));
    expect(worker.startsMs).toHaveLength(5);
  });

  it('gives no message up that it has not tried', async () => {
    const worker = createLimitedWorker(600_000, 300);
    await worker.deliver(createDeliveries(10, { receiveCount: 5 }));
    await worker.deliver(createDeliveries(10, { receiveCount: 5 }));
    const untried = worker.lines.filter(({ fields }) => fields['end'] === 'dead_lettered' && fields['attempts'] === 0);
    expect(untried).toEqual([]);
  });
});

describe('a FIFO group', () => {
  const inGroup = (groupId: string, ...messageIds: readonly string[]): readonly Delivery[] =>
    messageIds.map((messageId) => createDelivery({ messageId, groupId }));
  const failing = (prompt: string, code: ErrorCode) =>
    createScriptedUpstream((request) => {
      if (request.prompt === prompt) throw new GatewayError(code, 'reason');
      return undefined;
    });

  it('is answered one after the other, beside other groups', async () => {
    const clock = createSteppingClock();
    const running: string[][] = [];
    const now = new Set<string>();
    const upstream = createScriptedUpstream(async ({ prompt }) => {
      now.add(prompt);
      running.push([...now]);
      await clock.sleep(1_000, signal);
      now.delete(prompt);
      return undefined;
    });
    const worker = createWorker({ clock, upstream });
    expect(await worker.deliver([...inGroup('a', 'a1', 'a2'), ...inGroup('b', 'b1', 'b2')])).toEqual([]);
    expect(upstream.prompts).toEqual(['a1', 'b1', 'a2', 'b2']);
    expect(running.some((prompts) => prompts.includes('a1') && prompts.includes('b1'))).toBe(true);
    expect(running.some((prompts) => prompts.includes('a1') && prompts.includes('a2'))).toBe(false);
  });

  it('comes back from the message on that came back; other groups do not', async () => {
    const worker = createWorker({ upstream: failing('a2', 'upstream_truncated') });
    const deliveries = [...inGroup('a', 'a1', 'a2', 'a3', 'a4'), ...inGroup('b', 'b1')];
    expect((await worker.deliver(deliveries)).toSorted()).toEqual(['a2', 'a3', 'a4']);
    expect(worker.upstream.prompts.toSorted()).toEqual(['a1', 'a2', 'b1']);
    expect(worker.queues.hidden.size).toBe(3);
  });

  it('goes on after a failed result', async () => {
    const worker = createWorker({ upstream: failing('a1', 'invalid_parameter') });
    expect(await worker.deliver(inGroup('a', 'a1', 'a2'))).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a1' }, { id: 'a2' }]);
  });

  it('goes on after a dead letter', async () => {
    const worker = createWorker({ upstream: failing('a1', 'upstream_truncated') });
    const deliveries = inGroup('a', 'a1', 'a2').map((delivery) => ({ ...delivery, receiveCount: 5 }));
    expect(await worker.deliver(deliveries)).toEqual([]);
    expect(worker.ends()).toEqual(['a1 dead_lettered', 'a2 succeeded']);
  });

  it('comes back when the same body is being answered elsewhere', async () => {
    const clock = createSteppingClock();
    const upstream = createScriptedUpstream(async () => {
      await clock.sleep(1_000, signal);
      return undefined;
    });
    const elsewhere = createWorker({ clock, upstream });
    const worker = createWorker({ clock, upstream, table: elsewhere.table });
    const deliveries = inGroup('a', 'a1', 'a2');
    const running = elsewhere.handleBatch(
      [{ ...createDelivery(), body: deliveries[0]?.body ?? '' }],
      clock.now() + 60_000,
    );
    await clock.advance(500);
    expect(await worker.deliver(deliveries)).toEqual(['a1', 'a2']);
    // To be looked at again soon, for most answers are quick.
    expect(Math.max(...worker.queues.hidden.values())).toBeLessThanOrEqual(10);
    await clock.run(running);
    expect(upstream.prompts).toEqual(['a1']);
  });
});
