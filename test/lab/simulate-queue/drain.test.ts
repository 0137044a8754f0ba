// Thousands of messages against a quota, on a clock that jumps: the queue drains, without dead letters and storms.
import { runSimulation } from '../../../lab/simulate-queue/run-simulation.ts';
import type { SimulationReport } from '../../../lab/simulate-queue/run-simulation.ts';
import { outageMinutes, scenarios } from '../../../lab/simulate-queue/scenarios.ts';

type Scenario = keyof typeof scenarios;

const runs = new Map<string, Promise<SimulationReport>>();

/** Runs a scenario once, whoever asks for it. */
function simulate(name: Scenario, seed = 1): Promise<SimulationReport> {
  const key = `${name} ${seed}`;
  const run = runs.get(key) ?? runSimulation({ ...scenarios[name], seed });
  runs.set(key, run);
  return run;
}

/** Three courses of events, for what chance decides too much about in one. */
function simulateThrice(name: Scenario): Promise<readonly SimulationReport[]> {
  return Promise.all([1, 2, 3].map((seed) => simulate(name, seed)));
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

const refusedShare = ({ refusedCalls, calls }: SimulationReport): number => refusedCalls / calls;
const mostInOutage = ({ refusedPerMinute }: SimulationReport): number =>
  // In the first two minutes it finds out.
  Math.max(...refusedPerMinute.slice(outageMinutes.from + 2, outageMinutes.to));

/** What is asked of every scenario in which no sandbox dies. */
function expectOneResultEach(report: SimulationReport): void {
  const { messages, answeredOnce, answeredAgain, deadLetters, needlessCalls } = report;
  expect({ answeredOnce, answeredAgain, deadLetters, needlessCalls }).toEqual({
    answeredOnce: messages,
    answeredAgain: 0,
    deadLetters: 0,
    needlessCalls: 0,
  });
}

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

describe('a worker without a pace', () => {
  it('learns one that the quota bears, from few refused calls', async () => {
    const report = await simulate('unset');
    expectOneResultEach(report);
    expect(refusedShare(report)).toBeLessThan(0.07);
  });

  it('learns it when answers come at once, and then drains at two thirds of the quota', async () => {
    const reports = await simulateThrice('unset, quick answers');
    for (const report of reports) {
      expectOneResultEach(report);
      expect(report.seconds).toBeLessThan((1.5 * report.messages) / 5);
    }
    expect(medianOf(reports.map(refusedShare))).toBeLessThan(0.07);
  });

  it('learns it among ten, each of which has half a call a second', async () => {
    const report = await simulate('unset, crowded');
    expectOneResultEach(report);
    expect(refusedShare(report)).toBeLessThan(0.2);
  });

  it('does not slow down for what is limited however slowly it comes', async () => {
    const report = await simulate('limited twice');
    expectOneResultEach(report);
    expect(report.seconds).toBeLessThan(300);
  });
});

describe('a quota that is halved and then used up by somebody else for twenty minutes', () => {
  it.each(['outage', 'outage, unset'] as const)('makes no dead letter and no storm: %s', async (name) => {
    const reports = await simulateThrice(name);
    for (const report of reports) {
      expectOneResultEach(report);
      expect(refusedShare(report)).toBeLessThan(0.25);
    }
    expect(medianOf(reports.map(mostInOutage))).toBeLessThanOrEqual(15);
  });
});

describe('messages that SQS delivers twice at the same time', () => {
  it('are answered once', async () => {
    const report = await simulate('duplicates');
    expectOneResultEach(report);
    expect(report.mostReceives).toBeGreaterThan(1);
  });
});

describe('sandboxes that die', () => {
  it('lose no message, and leave a second result only of messages they died with', async () => {
    const report = await simulate('deaths');
    const { messages, answeredOnce, answeredAgain, answeredAgainWithoutDeath, deadLetters, deaths } = report;
    expect(answeredOnce + answeredAgain).toBe(messages);
    expect({ answeredAgainWithoutDeath, deadLetters }).toEqual({ answeredAgainWithoutDeath: 0, deadLetters: 0 });
    expect(deaths).toBeGreaterThan(0);
    // Of ten messages at a time five are being answered, and a few of these have just been.
    expect(answeredAgain).toBeLessThan(deaths);
  });

  it('cause no more calls than those that died with them', async () => {
    expect(await simulate('deaths')).toMatchObject({ needlessCalls: 0 });
  });
});

describe('the simulation', () => {
  it('is the same with the same seed, and another one with another', async () => {
    const options = { ...scenarios.slow, messages: 50 };
    const report = await runSimulation(options);
    expect(await runSimulation(options)).toEqual(report);
    expect(await runSimulation({ ...options, seed: 2 })).not.toEqual(report);
  });
});
