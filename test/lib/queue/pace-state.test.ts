import * as fc from 'fast-check';
import { GatewayError } from '../../../lib/core/errors.ts';
import { advancePace, beginPace, findSettledTime, findTurn } from '../../../lib/queue/pace-state.ts';
import type { PaceEvent, PaceState } from '../../../lib/queue/pace-state.ts';

const nowMs = Date.UTC(2026, 0, 1);
const error = new GatewayError('qps_limit_reached', 'limit');
const limited = (random = 0, retryAfterSeconds?: number): PaceEvent => ({
  kind: 'limited',
  error: new GatewayError('qps_limit_reached', 'limit', { retryAfterSeconds }),
  random,
});
const answered: PaceEvent = { kind: 'answered', durationMs: 10 };

/** Has events happen, each so many milliseconds after the one before. */
function play(events: readonly (readonly [ms: number, event: PaceEvent])[], begun = beginPace(0, 1)) {
  let atMs = nowMs;
  let state = begun;
  for (const [ms, event] of events) {
    atMs += ms;
    state = advancePace(state, event, atMs);
  }
  return { state, atMs };
}

const anyEvent: fc.Arbitrary<PaceEvent> = fc.oneof(
  fc.constant<PaceEvent>({ kind: 'turn_taken' }),
  fc.constant<PaceEvent>({ kind: 'call_started' }),
  fc.nat(120_000).map((durationMs): PaceEvent => ({ kind: 'answered', durationMs })),
  fc.tuple(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.nat(1_000)).map((drawn) => limited(...drawn)),
  fc.constant<PaceEvent>({ kind: 'dismissed', error }),
);
const anyCourse = fc.array(fc.tuple(fc.nat(30_000), anyEvent), { maxLength: 60 });

describe('advancePace', () => {
  it('changes no state that was there before', () => {
    fc.assert(
      fc.property(anyCourse, (events) => {
        let state: PaceState = Object.freeze({ ...beginPace(100, 2), best: Object.freeze(beginPace(100, 2).best) });
        let atMs = nowMs;
        for (const [ms, event] of events) {
          atMs += ms;
          const next = advancePace(state, event, atMs);
          expect(next).not.toBe(state);
          state = Object.freeze({ ...next, best: Object.freeze(next.best) });
        }
      }),
    );
  });

  it('comes to the same state by the same events', () => {
    fc.assert(fc.property(anyCourse, (events) => expect(play(events)).toEqual(play(events))));
  });

  it('keeps turns at least the interval apart, and never gives one while the upstream rests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), anyCourse, (intervalMs, events) => {
        const { state, atMs } = play(events, beginPace(intervalMs, 2));
        const turnMs = findTurn(state, atMs);
        const next = advancePace(state, { kind: 'turn_taken' }, atMs);
        expect(findTurn(next, atMs) - turnMs).toBeGreaterThanOrEqual(intervalMs);
        const afterLimit = advancePace(state, limited(), atMs);
        expect(findTurn(afterLimit, atMs)).toBeGreaterThanOrEqual(afterLimit.restsUntilMs);
        expect(afterLimit.restsUntilMs).toBeGreaterThan(atMs);
      }),
    );
  });
});

describe('a limit', () => {
  it('makes of no spacing 100 ms, then doubles it for each limit after an answer', () => {
    const spacings = [1, 2, 3, 4].map((limits) => {
      const events = Array.from({ length: limits }, () => [
        [10_000, answered] as const,
        [0, limited()] as const,
      ]).flat();
      return play(events).state.spacingMs;
    });
    // Each answer in between takes 2 % off.
    expect(spacings).toEqual([100, 196, 2 * 0.98 * 196, 500]);
  });

  it('lets one process go no slower than 500 ms over the answers of its best second', () => {
    const fiveAnswers = Array.from({ length: 5 }, () => [0, answered] as const);
    const limits = Array.from({ length: 9 }, () => [[2_000, answered] as const, [0, limited()] as const]).flat();
    expect(play([...fiveAnswers, ...limits]).state.spacingMs).toBe(100);
  });

  it('rests for the spacing and up to half of it more, as chance has it', () => {
    expect(play([[0, limited(0)]]).state.restsUntilMs).toBe(nowMs + 100);
    expect(play([[0, limited(0.5)]]).state.restsUntilMs).toBe(nowMs + 125);
  });

  it('rests for as long as the upstream asks, for a quarter of an hour at most', () => {
    expect(play([[0, limited(0, 30)]]).state.restsUntilMs).toBe(nowMs + 30_000);
    expect(play([[0, limited(0, 86_400)]]).state.restsUntilMs).toBe(nowMs + 900_000);
  });

  it('of calls that were under way together is one', () => {
    const one = play([[0, limited()]]).state;
    const three = play([
      [0, limited()],
      [50, limited()],
      [49, limited()],
    ]).state;
    expect(three).toEqual({ ...one, limits: 3, lastLimit: three.lastLimit });
  });

  it('rests 1, 2, 4 … 60 seconds once nothing but limits has come for a minute', () => {
    const rests: number[] = [];
    let { state } = play([[0, limited()]]);
    for (let atMs = nowMs + 60_001; rests.length < 8; atMs = state.restsUntilMs) {
      state = advancePace(state, limited(), atMs);
      rests.push((state.restsUntilMs - atMs) / 1_000);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });
});

describe('findSettledTime', () => {
  it('is an interval after the last call, or the end of a rest if that is later', () => {
    const called = play([[0, { kind: 'call_started' }]], beginPace(10_000, 1));
    expect(findSettledTime(called.state)).toBe(nowMs + 10_000);
    expect(findSettledTime(advancePace(called.state, limited(0, 20), nowMs))).toBe(nowMs + 20_000);
  });
});
