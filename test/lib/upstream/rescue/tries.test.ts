import * as fc from 'fast-check';
import { beginTries, nextTry } from '../../../../lib/upstream/rescue/tries.ts';

const failedAt = (nowMs: number) => ({ nowMs, retryAfterSeconds: undefined, random: 0 });

it.each([
  [0, 100],
  [0.5, 75],
  [0.999, 50.05],
])('the first pause is 100 ms less up to half of it: by chance of %d, %d ms', (random, expected) => {
  expect(nextTry(beginTries(0, Infinity), { ...failedAt(0), random })?.waitMs).toBeCloseTo(expected);
});

it.each([
  [14_950, 50],
  [15_000, undefined],
  [70_000, undefined],
])('a try that failed %i ms after the death is followed by one in %j ms', (nowMs, expected) => {
  expect(nextTry(beginTries(0, Infinity), failedAt(nowMs))?.waitMs).toBe(expected);
});

it.each([
  [5, 5_000],
  [15, 15_000],
  [16, undefined],
])('an upstream that asks for %i s is asked again after %j ms', (retryAfterSeconds, expected) => {
  expect(nextTry(beginTries(0, Infinity), { ...failedAt(0), retryAfterSeconds })?.waitMs).toBe(expected);
});

it('no try is made at the deadline or later', () => {
  expect(nextTry(beginTries(0, 101), failedAt(0))?.waitMs).toBe(100);
  expect(nextTry(beginTries(0, 100), failedAt(0))).toBeUndefined();
});

it('whatever chance does, there are at most 16 tries, the last of them within 15 s and no pause above 5 s', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (chances) => {
      let tries = beginTries(0, Infinity);
      let nowMs = 0;
      for (const random of chances) {
        const next = nextTry(tries, { ...failedAt(nowMs), random });
        if (next === undefined) break;
        expect(next.waitMs).toBeLessThanOrEqual(5_000);
        nowMs += next.waitMs;
        ({ tries } = next);
      }
      expect(nowMs).toBeCloseTo(15_000);
      expect(tries.failed).toBeLessThanOrEqual(16);
    }),
  );
});
