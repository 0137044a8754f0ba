// Thousands of messages at a configured pace, on a clock that jumps: the queue drains, with no call too many.
import { runSimulation } from '../../../lab/simulate-queue/run-simulation.ts';
import { scenarios } from '../../../lab/simulate-queue/scenarios.ts';
import { expectOneResultEach, refusedShare, simulate } from './simulate.ts';

describe('a worker with a pace, against a quota of five calls a second', () => {
  it.each(['configured', 'spread'] as const)('answers ten thousand messages with as many calls: %s', async (name) => {
    const report = await simulate(name);
    expectOneResultEach(report);
    expect(report).toMatchObject({ messages: 10_000, calls: 10_000, refusedCalls: 0, mostReceives: 1 });
  });

  it('drains in less than twice the time that its pace asks for', async () => {
    const { seconds } = await simulate('configured');
    const { messages, requestsPerMinute } = scenarios.configured;
    expect(seconds).toBeLessThan((2 * messages * 60) / requestsPerMinute);
  });

  it('receives a message once while a batch has time for ten calls', async () => {
    const report = await simulate('slow');
    expectOneResultEach(report);
    expect(report.mostReceives).toBe(1);
  });

  it('loses nothing where more workers than the quota has calls may start at the same time', async () => {
    const report = await simulate('crowded');
    expectOneResultEach(report);
    expect(refusedShare(report)).toBeLessThan(0.1);
  });
});

describe('the most calls in any second', () => {
  // None of them is exactly at its limit: some hundredths of a second pass before a call is counted, more or less.
  it.each([
    [2, 60],
    [2, 180],
    [2, 230],
    [3, 170],
    [4, 460],
    [5, 290],
    [10, 570],
  ])(
    'are as few as the formula has it: %d workers, %d requests a minute',
    async (maximumConcurrency, requestsPerMinute) => {
      const quota = [{ fromSeconds: 0, callsPerSecond: 1_000 }];
      const report = await runSimulation({ messages: 1_000, maximumConcurrency, requestsPerMinute, quota });
      const mostOfOne = Math.ceil(requestsPerMinute / 60 / maximumConcurrency);
      expect(report.mostCallsPerSecond).toBeLessThanOrEqual(maximumConcurrency * mostOfOne);
    },
  );
});
