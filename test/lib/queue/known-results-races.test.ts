import * as fc from 'fast-check';
import type { ObjectStore } from '../../../lib/core/object-store.ts';
import { createKnownResults } from '../../../lib/queue/known-results.ts';
import type { Claim, Closing } from '../../../lib/queue/known-results.ts';
import { createMemoryObjectStore } from '../../../lib/queue/memory-object-store.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';

const { signal } = new AbortController();

/** A store whose operations take effect in an order that the scheduler chooses. */
function schedule(objects: ObjectStore, scheduler: fc.Scheduler): ObjectStore {
  return {
    read: scheduler.scheduleFunction((...call) => objects.read(...call)),
    write: scheduler.scheduleFunction((...call) => objects.write(...call)),
    create: scheduler.scheduleFunction((...call) => objects.create(...call)),
    replace: scheduler.scheduleFunction((...call) => objects.replace(...call)),
  };
}

type Outcome = 'answered' | 'failed' | 'not_sent';

const sandboxes = fc.array(
  fc.record({
    messageId: fc.constantFrom('a', 'b'),
    outcomes: fc.array(fc.constantFrom<Outcome>('answered', 'failed', 'not_sent'), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 2, maxLength: 4 },
);

describe('known results of sandboxes that work at the same time', () => {
  it('have one at work at a time, and nobody after the result was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sandboxes, async (scheduler, given) => {
        const store = schedule(createMemoryObjectStore(), scheduler);
        const clock = createFakeClock();
        let atWork = 0;
        let sent = 0;
        const close = async (claim: Extract<Claim, Closing>, outcome: Outcome): Promise<void> => {
          if (outcome === 'answered') return claim.markSent();
          return outcome === 'failed' ? claim.release() : claim.keepUnsent('{}');
        };
        const run = async ({ messageId, outcomes }: (typeof given)[number]): Promise<void> => {
          const knownResults = createKnownResults(store, clock);
          for (const outcome of outcomes) {
            const claim = await knownResults.claim('same', { messageId, receiveCount: 1 }, clock.now() + 1_000, signal);
            if (claim.kind === 'busy' || claim.kind === 'sent') continue;
            expect({ atWork, sent }).toEqual({ atWork: 0, sent: 0 });
            atWork += 1;
            await scheduler.schedule(Promise.resolve());
            atWork -= 1;
            if (outcome === 'answered') sent += 1;
            await close(claim, outcome);
          }
        };
        const running = Promise.all(given.map(run));
        await scheduler.waitFor(running);
      }),
    );
  });

  it('take over what has run out one at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, count) => {
        const objects = createMemoryObjectStore();
        const clock = createFakeClock();
        await createKnownResults(objects, clock).claim(
          'same',
          { messageId: 'dead', receiveCount: 1 },
          clock.now(),
          signal,
        );
        const store = schedule(objects, scheduler);
        const claims = Array.from({ length: count }, (_, index) =>
          createKnownResults(store, clock).claim(
            'same',
            { messageId: `message-${index}`, receiveCount: 1 },
            clock.now() + 1_000,
            signal,
          ),
        );
        const kinds = (await scheduler.waitFor(Promise.all(claims))).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(1);
        expect(kinds.filter((kind) => kind === 'busy')).toHaveLength(count - 1);
      }),
    );
  });
});
