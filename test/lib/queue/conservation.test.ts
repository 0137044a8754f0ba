import * as fc from 'fast-check';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Delivery } from '../../../lib/core/delivery.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { createDelivery, redeliver } from '../../doubles/create-delivery.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import { createWorker, deadLetterTraits } from './create-worker.ts';

const maxReceives = 5;
const visibilityTimeoutMs = 720_000;
const { signal } = new AbortController();

type Treatment = 'answered' | 'refused' | 'limited_once' | 'cut_once' | 'broken' | 'poison';

const treatments = fc.constantFrom<Treatment>('answered', 'refused', 'limited_once', 'cut_once', 'broken', 'poison');

interface Waiting {
  readonly delivery: Delivery;
  readonly visibleAtMs: number;
}

/** Has two sandboxes work on messages until the queue is empty, with failures of results queue and table on the way. */
async function drain(
  given: readonly Treatment[],
  failures: readonly ('send' | 'remove' | 'changeVisibility' | 'claim' | 'release')[],
) {
  const clock = createSteppingClock();
  const queues = createRecordingQueues({ traits: deadLetterTraits });
  const table = createRecordingTable(clock);
  const upstream = createScriptedUpstream(async ({ prompt }, attempt) => {
    await clock.sleep(100, signal);
    const treatment = prompt.split(' ')[0];
    if (treatment === 'refused') throw new GatewayError('invalid_parameter', 'reason');
    if (treatment === 'limited_once' && attempt === 1) throw new GatewayError('qps_limit_reached', 'reason');
    if (treatment === 'cut_once' && attempt === 1) throw new GatewayError('upstream_truncated', 'reason');
    if (treatment === 'broken') throw new GatewayError('upstream_unreachable', 'reason');
    return undefined;
  });
  const sandboxes = [0, 1].map(() => createWorker({ clock, queues, table, upstream }));
  let waiting: Waiting[] = given.map((treatment, index) => ({
    delivery: createDelivery({ messageId: `${index}`, receiveCount: 0, body: encode(treatment, index) }),
    visibleAtMs: clock.now(),
  }));
  const movedBySqs: string[] = [];
  const receive = (): readonly Delivery[] => {
    const visible = waiting.filter(({ visibleAtMs }) => visibleAtMs <= clock.now()).slice(0, 10);
    waiting = waiting.filter((message) => !visible.includes(message));
    const moved = visible.filter(({ delivery }) => delivery.receiveCount >= maxReceives);
    movedBySqs.push(...moved.map(({ delivery }) => delivery.messageId));
    return visible.filter((message) => !moved.includes(message)).map(({ delivery }) => redeliver(delivery));
  };
  for (const [round, failure] of [...failures, ...Array.from({ length: 100 }, () => undefined)].entries()) {
    if (failure === 'claim') table.fail('write', 1);
    else if (failure === 'release') table.fail('remove', 1);
    else if (failure !== undefined) queues.fail(failure, 1);
    const batches = sandboxes.map((sandbox) => ({ sandbox, deliveries: receive() }));
    const handled = batches.map(async ({ sandbox, deliveries }) => {
      const back = new Set(await sandbox.handleBatch(deliveries, clock.now() + 115_000));
      for (const delivery of deliveries.filter(({ messageId }) => back.has(messageId))) {
        const seconds = queues.hidden.get(delivery.receiptHandle);
        const hiddenMs = seconds === undefined ? visibilityTimeoutMs : seconds * 1_000;
        waiting.push({ delivery, visibleAtMs: clock.now() + hiddenMs });
      }
    });
    await clock.run(Promise.all(handled));
    if (waiting.length === 0) return { queues, upstream, movedBySqs, rounds: round };
    const next = Math.min(...waiting.map(({ visibleAtMs }) => visibleAtMs));
    await clock.advance(Math.max(0, next - clock.now()));
  }
  throw new Error('The queue does not drain');
}

function encode(treatment: Treatment, index: number): string {
  if (treatment === 'poison') return `{"id":"${index}", poison`;
  return JSON.stringify({ id: String(index), model: 'SQLCoder-7B', prompt: `${treatment} ${index}` });
}

describe('a queue of good and bad messages', () => {
  it('ends with one result or one dead letter for each, and without a call that no failure explains', async () => {
    const messages = fc.array(treatments, { minLength: 1, maxLength: 25 });
    const failures = fc.array(fc.constantFrom('send', 'remove', 'changeVisibility', 'claim', 'release'), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(messages, failures, async (given, failing) => {
        const { queues, upstream, movedBySqs } = await drain(given, failing);
        const idOf = (body: unknown): string => (body as { id: string }).id;
        const results = queues.bodiesOf('results').map(idOf);
        const letters = queues.sent.filter(({ queue }) => queue === 'requests-dead-letter');
        const ends = [...results, ...letters.map(({ attributes }) => attributes?.['message_id'] ?? ''), ...movedBySqs];
        expect(ends.map(Number).toSorted((a, b) => a - b)).toEqual([...given.keys()]);
        // What SQS moves has no reason: the dead-letter queue had failed, or a claim was left that held the message up.
        const isExplained = failing.includes('send') || failing.includes('release');
        expect(isExplained ? [] : movedBySqs).toEqual([]);
        for (const [index, treatment] of given.entries()) {
          const calls = upstream.prompts.filter((prompt) => prompt === `${treatment} ${index}`).length;
          const most = { answered: 1, refused: 1, limited_once: 2, cut_once: 2, broken: maxReceives, poison: 0 };
          // What the table forgets is asked again.
          const forgotten = failing.filter((failure) => failure === 'claim' || failure === 'release').length;
          // And so is a failure whose result could not be sent.
          const unsent = treatment === 'refused' ? failing.filter((failure) => failure === 'send').length : 0;
          expect(calls).toBeLessThanOrEqual(most[treatment] + forgotten + unsent);
        }
      }),
      { numRuns: 60 },
    );
  });
});
