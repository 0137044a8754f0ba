// `npm run simulate-queue`: how settings of the queue worker behave against a quota, without calling anything.
import { parseArgs } from 'node:util';
import { ConfigError } from '../lib/config/faults.ts';
import { runSimulation } from './simulate-queue/run-simulation.ts';
import type { SimulationOptions, SimulationReport } from './simulate-queue/run-simulation.ts';
import { scenarios } from './simulate-queue/scenarios.ts';

const usage = `usage: npm run simulate-queue [-- <options>]

Without options it runs the scenarios of the tests; with options, the settings given:

  --quota <calls>           what the upstream admits in any second; default: 5
  --concurrency <workers>   queueMaximumConcurrency; default: 2
  --requests <per minute>   queueRequestsPerMinute; default: not set
  --answers <from-to>       how long an answer takes, in seconds; default: 0.5-6
  --messages <count>        default: 10000
  --seed <number>           another course of events; default: 1`;

/** What the reader did wrong, to be shown without a stack. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

function readSettings(): SimulationOptions | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { quota: text, concurrency: text, requests: text, answers: text, messages: text, seed: text },
  });
  if (Object.keys(values).length === 0) return undefined;
  const [shortest, longest] = (values.answers ?? '0.5-6').split('-').map(readNumber);
  if (shortest === undefined || longest === undefined || longest < shortest) throw new UsageError(usage);
  return {
    messages: Math.ceil(readNumber(values.messages ?? '10000')),
    maximumConcurrency: readNumber(values.concurrency ?? '2'),
    requestsPerMinute: values.requests === undefined ? undefined : readNumber(values.requests),
    quota: [{ fromSeconds: 0, callsPerSecond: readNumber(values.quota ?? '5') }],
    answerSeconds: [shortest, longest],
    seed: readNumber(values.seed ?? '1'),
  };
}

function readNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1_000_000)) throw new UsageError(usage);
  return number;
}

function describe(report: SimulationReport) {
  const { answeredOnce, answeredAgain, deadLetters, calls, refusedCalls, seconds } = report;
  return {
    messages: report.messages,
    'one result': answeredOnce,
    'more results': answeredAgain,
    'dead letters': deadLetters,
    calls,
    'refused %': Number(((100 * refusedCalls) / calls).toFixed(1)),
    'most in 1 s': report.mostCallsPerSecond,
    'most receives': report.mostReceives,
    'mean receives': Number(report.meanReceives.toFixed(2)),
    minutes: Math.round(seconds / 60),
    'answers per s': Number((answeredOnce / seconds).toFixed(2)),
  };
}

try {
  const settings = readSettings();
  const runs: readonly (readonly [string, SimulationOptions])[] =
    settings === undefined ? Object.entries(scenarios) : [['these settings', settings]];
  const rows: Record<string, ReturnType<typeof describe>> = {};
  for (const [name, options] of runs) rows[name] = describe(await runSimulation(options));
  console.table(rows);
} catch (error) {
  const isExplained =
    error instanceof UsageError || error instanceof ConfigError || (error instanceof TypeError && 'code' in error);
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}
