import * as fc from 'fast-check';
import { createMemoryStateTable } from '../../../lib/core/memory-state-table.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createKnownResults, identifyMessage } from '../../../lib/queue/known-results.ts';
import type { Claim, Closing } from '../../../lib/queue/known-results.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';

const same = identifyMessage({ queueArn: 'arn', body: 'same' });

/** A table whose operations take effect in an order that the scheduler chooses. */
function schedule(table: StateTable, scheduler: fc.Scheduler): StateTable {
  return {
    ...table,
    read: scheduler.scheduleFunction((...call) => table.read(...call)),
    write: scheduler.scheduleFunction((...call) => table.write(...call)),
    remove: scheduler.scheduleFunction((...call) => table.remove(...call)),
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
        const clock = createFakeClock();
        const table = schedule(createMemoryStateTable(clock), scheduler);
        let atWork = 0;
        let sent = 0;
        const close = async (claim: Extract<Claim, Closing>, outcome: Outcome): Promise<unknown> => {
          if (outcome === 'answered') return claim.markSent();
          return outcome === 'failed' ? claim.release() : claim.keepUnsent('{}');
        };
        const run = async ({ messageId, outcomes }: (typeof given)[number]): Promise<void> => {
          const knownResults = createKnownResults(table, clock);
          for (const outcome of outcomes) {
            const soonMs = clock.now() + 1_000;
            const times = { untilMs: soonMs, deadlineMs: soonMs };
            const claim = await knownResults.claim(same, { messageId, receiveCount: 1 }, times);
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

  it.each(['expired', 'not sent'])('take over what has %s one at a time', async (state) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, count) => {
        const clock = createFakeClock();
        const table = createMemoryStateTable(clock);
        const claimAt = (at: StateTable, messageId: string, untilMs: number): Promise<Claim> =>
          createKnownResults(at, clock).claim(
            same,
            { messageId, receiveCount: 1 },
            { untilMs, deadlineMs: clock.now() + 1_000 },
          );
        const first = await claimAt(table, 'dead', clock.now());
        if (state === 'not sent' && first.kind === 'claimed') await first.keepUnsent('{}');
        const scheduled = schedule(table, scheduler);
        const claims = Array.from({ length: count }, (_, index) =>
          claimAt(scheduled, `message-${index}`, clock.now() + 1_000),
        );
        const kinds = (await scheduler.waitFor(Promise.all(claims))).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === (state === 'expired' ? 'claimed' : 'unsent'))).toHaveLength(1);
        expect(kinds.filter((kind) => kind === 'busy')).toHaveLength(count - 1);
      }),
    );
  });
});
