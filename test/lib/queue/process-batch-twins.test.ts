import type { Delivery } from '../../../lib/core/delivery.ts';
import { createDelivery } from '../../doubles/create-delivery.ts';
import { createSlowWorker, createWorker } from './create-worker.ts';

describe('a batch with the same message twice', () => {
  const twins = (body: string, given: Partial<Delivery> = {}): readonly Delivery[] => [
    createDelivery({ messageId: 'a', body, ...given }),
    createDelivery({ messageId: 'b', body, ...given }),
  ];
  const valid = '{"id":"1","model":"SQLCoder-7B","prompt":"p"}';

  it('calls the upstream once, and sends one result', async () => {
    const worker = createSlowWorker(1_000);
    await worker.deliver(twins(valid));
    expect(worker.upstream.prompts).toEqual(['p']);
    expect(worker.queues.bodiesOf('results')).toHaveLength(1);
  });

  it('calls once for one delivered twice', async () => {
    const worker = createSlowWorker(1_000);
    await worker.deliver([
      createDelivery({ messageId: 'a', body: valid }),
      createDelivery({ messageId: 'a', body: valid }),
    ]);
    expect(worker.upstream.prompts).toEqual(['p']);
    expect(worker.ends().toSorted()).toEqual(['a duplicate', 'a succeeded']);
  });

  it('does not hide the second for longer than the first can take', async () => {
    const worker = createSlowWorker(1_000);
    await worker.deliver(twins(valid));
    expect(Math.max(0, ...worker.queues.hidden.values())).toBeLessThanOrEqual(10);
  });

  it('answers each of those that are at fault at once: there is no call to save', async () => {
    const worker = createWorker();
    expect(await worker.deliver(twins('not json'))).toEqual([]);
    expect(worker.queues.bodiesOf('results')).toMatchObject([{ id: 'a' }, { id: 'b' }]);
  });

  it('makes no dead letter of one while the other is being answered', async () => {
    const worker = createSlowWorker(1_000);
    await worker.deliver(twins(valid, { receiveCount: 5 }));
    expect(worker.queues.bodiesOf('requests-dead-letter')).toEqual([]);
  });
});
