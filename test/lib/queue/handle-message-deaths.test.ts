import type { Delivery } from '../../../lib/core/delivery.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { createDelivery, redeliver } from '../../doubles/create-delivery.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import type { Answer } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import { createLifeline } from './create-lifeline.ts';
import type { Death } from './create-lifeline.ts';
import { createWorker, deadLetterTraits } from './create-worker.ts';

const visibilityTimeoutMs = 720_000;

/** Delivers a message to a sandbox that dies, then again to others until one is done with it or SQS moves it. */
async function run(death: Death, answer?: Answer, given: Partial<Delivery> = {}) {
  const queues = createRecordingQueues({ traits: deadLetterTraits });
  const clock = createSteppingClock();
  const table = createRecordingTable(clock);
  const upstream = createScriptedUpstream(answer);
  const lifeline = createLifeline(death);
  const mortal = createWorker({
    queues: lifeline.attach(queues),
    table: lifeline.attach(table),
    upstream: lifeline.attach(upstream),
    clock,
  });
  let delivery = createDelivery({ messageId: 'a', ...given });
  let isDone = false;
  const handling = mortal.handleBatch([delivery], clock.now() + 115_000);
  void handling.then((back) => void (isDone = back.length === 0));
  await clock.advance(visibilityTimeoutMs);
  const isRemoved = (): boolean => queues.removed.includes(delivery.receiptHandle);
  while (!isDone && !isRemoved() && delivery.receiveCount < 5) {
    delivery = redeliver(delivery);
    isDone = (await createWorker({ queues, table, upstream, clock }).deliver([delivery])).length === 0;
    await clock.advance(visibilityTimeoutMs);
  }
  return {
    operations: lifeline.operations,
    isDead: lifeline.isDead,
    isDone: isDone || isRemoved(),
    isMovedBySqs: !isDone && !isRemoved(),
    calls: upstream.prompts.length,
    results: queues.bodiesOf('results'),
    deadLetters: queues.bodiesOf('requests-dead-letter'),
  };
}

/** Every way for the first sandbox to die. */
async function findDeaths(answer?: Answer, given: Partial<Delivery> = {}): Promise<readonly Death[]> {
  const { operations } = await run({ operation: Infinity, isAfter: false }, answer, given);
  return Array.from({ length: operations }, (_, index) => index + 1).flatMap((operation) => [
    { operation, isAfter: false },
    { operation, isAfter: true },
  ]);
}

const refused: Answer = () => ({ text: '' });

describe('a sandbox that dies at any point of a delivery', () => {
  it('loses no message, and has it answered at most once more', async () => {
    const deaths = await findDeaths();
    expect(deaths.length).toBeGreaterThan(8);
    for (const death of deaths) {
      const { isDead, isDone, calls, results } = await run(death);
      expect({ death, isDead, isDone }).toEqual({ death, isDead: true, isDone: true });
      expect(results.length).toBeGreaterThanOrEqual(1);
      expect(results.length).toBeLessThanOrEqual(2);
      expect(calls).toBeLessThanOrEqual(2);
    }
  });

  it('leaves two results only when it died between sending one and noting or deleting it', async () => {
    const doubled: Death[] = [];
    for (const death of await findDeaths()) {
      const { results } = await run(death);
      if (results.length > 1) doubled.push(death);
    }
    // After the send, before the next operations have taken effect.
    expect(new Set(doubled.map(({ operation }) => operation)).size).toBeLessThanOrEqual(3);
    expect(doubled.length).toBeLessThanOrEqual(4);
  });

  it('loses no failed result', async () => {
    const given = { body: '{"id":"a","model":"SQLCoder-7B"}' };
    for (const death of await findDeaths(refused, given)) {
      const { isDone, calls, results } = await run(death, refused, given);
      expect({ death, isDone, calls }).toEqual({ death, isDone: true, calls: 0 });
      expect(results[0]).toMatchObject({ id: 'a', status: 'failed' });
    }
  });

  it('loses no message that was to be a dead letter', async () => {
    const broken: Answer = () => {
      throw new Error('broken');
    };
    const given = { receiveCount: 5 };
    for (const death of await findDeaths(broken, given)) {
      const { results, deadLetters, isMovedBySqs } = await run(death, broken, given);
      expect(results).toEqual([]);
      expect({ death, isKept: deadLetters.length > 0 || isMovedBySqs }).toEqual({ death, isKept: true });
    }
  });
});
