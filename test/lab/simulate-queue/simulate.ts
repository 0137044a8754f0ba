// The simulated courses of events that the tests look at, and what is asked of each.
import { runSimulation } from '../../../lab/simulate-queue/run-simulation.ts';
import type { SimulationReport } from '../../../lab/simulate-queue/run-simulation.ts';
import { scenarios } from '../../../lab/simulate-queue/scenarios.ts';

type Scenario = keyof typeof scenarios;

const runs = new Map<string, Promise<SimulationReport>>();

/** Runs a scenario once for all tests of a file. */
export function simulate(name: Scenario, seed = 1): Promise<SimulationReport> {
  const key = `${name} ${seed}`;
  const run = runs.get(key) ?? runSimulation({ ...scenarios[name], seed });
  runs.set(key, run);
  return run;
}

/** Three courses of events, for what chance decides too much about in one. */
export function simulateThrice(name: Scenario): Promise<readonly SimulationReport[]> {
  return Promise.all([1, 2, 3].map((seed) => simulate(name, seed)));
}

/** The middle one of an odd number of numbers; NaN of none. */
export function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** The share of the calls that the quota refused, from 0 to 1. */
export const refusedShare = ({ refusedCalls, calls }: SimulationReport): number => refusedCalls / calls;

/** Expects of a scenario in which no sandbox dies that each message was answered once, by no needless call. */
export function expectOneResultEach(report: SimulationReport): void {
  const { messages, answeredOnce, answeredAgain, deadLetters, needlessCalls } = report;
  expect({ answeredOnce, answeredAgain, deadLetters, needlessCalls }).toEqual({
    answeredOnce: messages,
    answeredAgain: 0,
    deadLetters: 0,
    needlessCalls: 0,
  });
}
