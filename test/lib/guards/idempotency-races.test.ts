// Requests with one key in several sandboxes, in every order of events that the scheduler finds.
import * as fc from 'fast-check';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import type { FakeClock } from '../../doubles/create-fake-clock.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import { codeOf, createCountingUpstream, createIdempotentGateway } from '../gateway/create-idempotent-gateway.ts';
import type { TextAnswer } from '../gateway/create-idempotent-gateway.ts';

/** What becomes of an upstream call: an answer, an error, an error in its middle, or the end of its sandbox. */
const outcomes = ['answers', 'fails', 'breaks', 'dies'] as const;
/** What becomes of a call to the table: nothing is done, or it is done and its answer lost. */
const faults = ['none', 'none', 'none', 'refused', 'lost'] as const;

/** Too little time to wait for a twin: a wait would move the clock. */
const timeMs = 500;
const leaseMs = timeMs + 5_000;
const never = Promise.withResolvers<never>();

const scenarios = fc.record({
  stream: fc.boolean(),
  /** Of the upstream calls, in the order they are made; those beyond answer. */
  outcomes: fc.array(fc.constantFrom(...outcomes), { maxLength: 5 }),
  /** How many requests come in a round; all of a round are there at once, and a lease lies between two rounds. */
  rounds: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
});

type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;

interface History {
  readonly calls: readonly {
    readonly outcome: (typeof outcomes)[number];
    readonly beganAtMs: number;
    isAtWork: boolean;
  }[];
  readonly answers: readonly TextAnswer[];
}

async function play(
  { stream, outcomes: planned, rounds }: Scenario,
  scheduler: fc.Scheduler,
  createTable: (clock: FakeClock) => StateTable,
): Promise<History> {
  const clock = createFakeClock();
  const calls: { outcome: (typeof outcomes)[number]; beganAtMs: number; isAtWork: boolean }[] = [];
  const answers: TextAnswer[] = [];
  let died = Promise.withResolvers<void>();
  const upstream = createCountingUpstream(async function* scripted(number) {
    // No two at a time, unless one belongs to a sandbox that must have ended.
    const others = calls.filter(({ isAtWork, beganAtMs }) => isAtWork && clock.now() < beganAtMs + leaseMs);
    expect(others).toEqual([]);
    const call = { outcome: planned[number - 1] ?? 'answers', beganAtMs: clock.now(), isAtWork: true };
    calls.push(call);
    await scheduler.schedule(Promise.resolve());
    if (call.outcome === 'fails') call.isAtWork = false;
    if (call.outcome === 'fails') throw new GatewayError('high_load', 'busy');
    yield `answer ${number}`;
    await scheduler.schedule(Promise.resolve());
    if (call.outcome === 'dies') {
      died.resolve();
      await never.promise;
    }
    call.isAtWork = false;
    if (call.outcome === 'breaks') throw new GatewayError('upstream_truncated', 'broken off');
    yield ' to the end';
  });
  const table = createTable(clock);
  const scheduled: StateTable = {
    ...table,
    read: scheduler.scheduleFunction((...call) => table.read(...call)),
    write: scheduler.scheduleFunction((...call) => table.write(...call)),
    remove: scheduler.scheduleFunction((...call) => table.remove(...call)),
  };
  const run = async (): Promise<void> => {
    const { ask } = createIdempotentGateway({ upstream, table: scheduled, clock });
    await scheduler.schedule(Promise.resolve());
    answers.push(await ask({ dialect: 'OpenAI', stream, deadlineMs: clock.now() + timeMs }));
  };
  for (const count of rounds) {
    died = Promise.withResolvers();
    // At most one of them can die: no other is at work before the next round.
    let left = count;
    const done = Promise.withResolvers<void>();
    const finish = (): void => {
      left -= 1;
      if (left === 0) done.resolve();
    };
    void died.promise.then(finish);
    for (let index = 0; index < count; index += 1) void run().then(finish, done.reject);
    await scheduler.waitFor(done.promise);
    clock.advance(leaseMs);
  }
  return { calls, answers };
}

const isWhole = (answer: TextAnswer): boolean =>
  answer.body.includes('to the end') && (answer.body.includes('[DONE]') || answer.body.startsWith('{'));

const isReplayed = ({ headers }: TextAnswer): boolean => headers['Idempotent-Replayed'] === 'true';

describe('requests with one key', () => {
  it('have one answer, and are charged again only after a failure or a death', async () => {
    const orders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
        const { calls, answers } = await play(scenario, scheduler, createMemoryTable);
        // Whatever came before the last call has failed or died; nothing is asked after an answer.
        for (const { outcome } of calls.slice(0, -1)) expect(outcome).not.toBe('answers');
        const whole = answers.filter(isWhole);
        expect(new Set(whole.map(({ body }) => body)).size).toBeLessThanOrEqual(1);
        expect(whole.filter((answer) => !isReplayed(answer)).length).toBe(calls.at(-1)?.outcome === 'answers' ? 1 : 0);
        expect(answers.filter((answer) => isReplayed(answer) && !isWhole(answer))).toEqual([]);
        orders.add(JSON.stringify([calls.map(({ outcome }) => outcome), answers.map(isReplayed)]));
      }),
      { numRuns: Number(process.env['IDEMPOTENCY_RUNS'] ?? 300) },
    );
    expect(orders.size).toBeGreaterThan(50);
  });

  it('have one answer that is repeated, whatever the table does', async () => {
    const codes = new Set<unknown>();
    const gen = fc.array(fc.constantFrom(...faults), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, gen, async (scheduler, scenario, planned) => {
        const left = [...planned];
        let faultCount = 0;
        const { calls, answers } = await play(scenario, scheduler, (clock) => {
          const table = createMemoryTable(clock);
          const withFaults =
            <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
            async (...given: Given): Promise<Result> => {
              const fault = left.shift() ?? 'none';
              if (fault !== 'none') faultCount += 1;
              if (fault === 'refused') throw new Error('refused');
              const result = await call(...given);
              if (fault === 'lost') throw new Error('lost');
              return result;
            };
          return {
            ...table,
            read: withFaults((...call: Parameters<StateTable['read']>) => table.read(...call)),
            write: withFaults((...call: Parameters<StateTable['write']>) => table.write(...call)),
            remove: withFaults((...call: Parameters<StateTable['remove']>) => table.remove(...call)),
          };
        });
        // Each call but the last one has failed, has died, or its answer could not be kept.
        const answered = calls.slice(0, -1).filter(({ outcome }) => outcome === 'answers');
        expect(answered.length).toBeLessThanOrEqual(faultCount);
        // What has been repeated once is what everybody gets from then on.
        const repeated = answers.filter(isReplayed);
        expect(new Set(repeated.map(({ body }) => body)).size).toBeLessThanOrEqual(1);
        const fromThenOn = answers.slice(answers.findIndex(isReplayed)).filter(isWhole);
        const others = fromThenOn.filter((answer) => answer.body !== repeated[0]?.body);
        expect(repeated.length === 0 ? [] : others).toEqual([]);
        for (const answer of answers)
          codes.add(isWhole(answer) || answer.body.startsWith('data:') ? '' : codeOf(answer));
      }),
      { numRuns: Number(process.env['IDEMPOTENCY_RUNS'] ?? 300) },
    );
    expect(codes).toEqual(
      new Set(['', 'high_load', 'idempotency_in_progress', 'idempotency_unavailable', 'upstream_truncated']),
    );
  });
});
