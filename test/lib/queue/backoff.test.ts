import * as fc from 'fast-check';
import { computeBackoffSeconds } from '../../../lib/queue/backoff.ts';

const justUnderOne = 1 - Number.EPSILON;

describe('computeBackoffSeconds', () => {
  it('doubles with every receive, up to 15 minutes', () => {
    const longest = Array.from({ length: 12 }, (_, index) => computeBackoffSeconds(index + 1, justUnderOne));
    expect(longest).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it('takes off a random part of up to a half', () => {
    expect(computeBackoffSeconds(7, 0)).toBe(32);
    expect(computeBackoffSeconds(7, 0.5)).toBe(48);
  });

  it('waits for what the upstream asked for, and a little longer, so that not all come at once', () => {
    expect(computeBackoffSeconds(1, 0, 60)).toBe(60);
    expect(computeBackoffSeconds(1, justUnderOne, 60)).toBe(75);
    expect(computeBackoffSeconds(9, 0, 60)).toBe(128);
  });

  it('never gives SQS a number that it refuses', () => {
    const receives = fc.integer({ min: 0, max: 10_000 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const asked = fc.option(fc.integer({ min: 0, max: 99_999 }), { nil: undefined });
    fc.assert(
      fc.property(receives, random, asked, (receiveCount, part, retryAfterSeconds) => {
        const seconds = computeBackoffSeconds(receiveCount, part, retryAfterSeconds);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 900).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(Math.min(900, retryAfterSeconds ?? 0));
      }),
    );
  });
});
