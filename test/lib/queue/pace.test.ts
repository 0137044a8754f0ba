import * as fc from 'fast-check';
import { GatewayError } from '../../../lib/core/errors.ts';
import { createLimit, createTurns } from './create-turns.ts';
import type { Turns } from './create-turns.ts';

const { signal } = new AbortController();
const minute = 60_000;

describe('createPace', () => {
  it('gives every turn at once when there is no interval', async () => {
    const { takeTurns, clock } = createTurns();
    expect(await takeTurns(5)).toEqual([0, 0, 0, 0, 0]);
    expect(clock.sleepers).toBe(0);
  });

  it('gives turns an interval apart, to those who ask together and to those who come later', async () => {
    const { takeTurn, takeTurns, clock } = createTurns(200);
    expect(await takeTurns(3)).toEqual([0, 200, 400]);
    await clock.advance(50);
    expect(await clock.run(takeTurn())).toBe(600);
    await clock.advance(1_000);
    expect(await takeTurns(2)).toEqual([1_600, 1_800]);
  });

  it('refuses a turn that leaves less than ten seconds for the first answer', async () => {
    const { takeTurn } = createTurns();
    expect(await takeTurn(9_999)).toBe('deadline_exceeded');
    expect(await takeTurn(10_000)).toBe(0);
  });

  it('refuses a turn that would come too late, and keeps it for others', async () => {
    const { takeTurn, clock } = createTurns(minute);
    expect(await takeTurn()).toBe(0);
    expect(await takeTurn(65_000)).toBe('deadline_exceeded');
    expect(await clock.run(takeTurn())).toBe(minute);
  });

  it('learns from answers how long one takes', async () => {
    const { pace, takeTurn } = createTurns();
    pace.noteAnswer(40_000);
    expect(await takeTurn(39_999)).toBe('deadline_exceeded');
    for (let answers = 0; answers < 100; answers += 1) pace.noteAnswer(10);
    expect(await takeTurn(1_000)).toBe(0);
    expect(await takeTurn(999)).toBe('deadline_exceeded');
  });

  it('goes on asking after an answer that took a whole invocation', async () => {
    const { pace, takeTurn, clock } = createTurns();
    pace.noteAnswer(114_000);
    const turns: unknown[] = [];
    for (let invocation = 0; invocation < 20; invocation += 1) {
      turns.push(await clock.run(takeTurn(113_000)));
    }
    expect(turns).toContainEqual(expect.any(Number));
  });

  it('ends a wait with the reason of the signal', async () => {
    const { takeTurn, clock } = createTurns(minute);
    await takeTurn();
    const controller = new AbortController();
    const waiting = takeTurn(10 * minute, controller.signal);
    controller.abort(new GatewayError('client_disconnected', 'gone'));
    expect(await waiting).toBe('client_disconnected');
    expect(clock.sleepers).toBe(0);
    await clock.advance(10 * minute);
    expect(await takeTurn(10 * minute, controller.signal)).toBe('client_disconnected');
  });

  it('keeps calls an interval apart, whatever comes of them', async () => {
    const event = fc.record({
      kind: fc.constantFrom<Event['kind']>('turn', 'answer', 'limit', 'pass'),
      ms: fc.integer({ min: 1, max: 30_000 }),
    });
    const limitedTogether: Event[] = ['limit', 'turn', 'limit', 'turn'].map((kind) => ({ kind, ms: 20_000 }) as Event);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(event, { maxLength: 40 }),
        async (interval, events) => {
          const { starts, sleepers } = await play(interval, events);
          const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
          expect(gaps.filter((gap) => gap < interval)).toEqual([]);
          expect(sleepers).toBe(0);
        },
      ),
      { examples: [[1, limitedTogether]] },
    );
  });
});

interface Event {
  readonly kind: 'turn' | 'answer' | 'limit' | 'pass';
  readonly ms: number;
}

/** Has events happen; returns when calls started, and who sleeps on when all turns have been had or refused. */
async function play(intervalMs: number, events: readonly Event[]) {
  const { pace, clock, takeTurn } = createTurns(intervalMs);
  const turns: Promise<number | string>[] = [];
  for (const { kind, ms } of events) {
    if (kind === 'turn') turns.push(takeTurn(ms));
    else if (kind === 'answer') pace.noteAnswer(ms);
    else if (kind === 'limit') pace.noteLimit(createLimit(Math.floor(ms / 10_000)));
    else await clock.advance(ms);
  }
  const ended = await clock.run(Promise.all(turns));
  const starts = ended.filter((turn) => typeof turn === 'number').toSorted((a, b) => a - b);
  return { starts, sleepers: clock.sleepers };
}

describe('settling', () => {
  const settle = async (given: Turns, timeMs: number, by: AbortSignal = signal) => {
    const { clock, pace } = given;
    const beganMs = clock.now();
    await clock.run(pace.settle(beganMs + timeMs, by));
    return clock.now() - beganMs;
  };

  it('waits until an interval after the last call', async () => {
    const given = createTurns(10_000);
    await given.takeTurn();
    await given.clock.advance(4_000);
    expect(await settle(given, minute)).toBe(6_000);
    expect(await settle(given, minute)).toBe(0);
  });

  it('waits no longer than the invocation may last', async () => {
    const given = createTurns(10_000);
    await given.takeTurn();
    expect(await settle(given, 3_000)).toBe(3_000);
    expect(await settle(given, -1)).toBe(0);
  });

  it('waits out a rest that the upstream asked for', async () => {
    const given = createTurns();
    given.pace.noteLimit(createLimit(20));
    expect(await settle(given, minute)).toBe(20_000);
    given.pace.noteLimit(createLimit(300));
    expect(await settle(given, minute)).toBe(minute);
  });

  it('ends when the signal aborts', async () => {
    const given = createTurns(10_000);
    await given.takeTurn();
    const controller = new AbortController();
    const settling = given.pace.settle(given.clock.now() + minute, controller.signal);
    controller.abort(new GatewayError('deadline_exceeded', 'reason'));
    expect(await settling).toBeUndefined();
    expect(given.clock.sleepers).toBe(0);
  });

  it('does not wait when nothing was called, or when there is no interval', async () => {
    expect(await settle(createTurns(10_000), minute)).toBe(0);
    const given = createTurns();
    await given.takeTurn();
    expect(await settle(given, minute)).toBe(0);
  });
});
