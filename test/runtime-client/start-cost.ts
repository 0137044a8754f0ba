// What the start of a sandbox costs, and how the costs of two functions compare.
import { readdirSync, readFileSync } from 'node:fs';
import type { Invocation } from './invocation.ts';
import type { Sandbox } from './sandbox.ts';

/** In milliseconds, but for the answer since the process was started. */
export interface StartCost {
  /** Until the runtime client asks for the first invocation. */
  readonly initMs: number;
  readonly initCpuMs: number;
  /** Until the first byte of the first answer. */
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** What the first caller waits for, once there is a sandbox: from the first event to the first byte of its answer. */
  readonly answerMs: number;
  readonly answerCpuMs: number;
}

/** Starts a sandbox, invokes it once, and ends it. */
export async function measureStart(
  start: () => Promise<Sandbox>,
  invoke: (sandbox: Sandbox) => Invocation,
): Promise<StartCost> {
  const startedAt = performance.now();
  const sandbox = await start();
  try {
    await sandbox.initialised;
    const init = { initMs: performance.now() - startedAt, initCpuMs: readCpuMs(sandbox) };
    const invokedAt = performance.now();
    const invocation = invoke(sandbox);
    await invocation.begun;
    const answeredAt = performance.now();
    const first = { firstMs: answeredAt - startedAt, firstCpuMs: readCpuMs(sandbox) };
    await invocation.outcome;
    const answer = { answerMs: answeredAt - invokedAt, answerCpuMs: first.firstCpuMs - init.initCpuMs };
    return { ...init, ...first, ...answer };
  } finally {
    await sandbox.close();
  }
}

/** The time all threads of a process have spent on a processor, to the nanosecond; waiting for one is not counted. */
function readCpuMs({ process: { pid } }: Sandbox): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [onProcessor = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(onProcessor);
  });
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

export interface Comparison {
  /**
   * Of each pair the second cost by the first; of all pairs the median. An empty handler answers in next to no time, so what
   * the answer of the second costs is compared with the start of the first.
   */
  readonly ratios: StartCost;
  readonly medians: readonly [StartCost, StartCost];
}

/** Measures two functions in turn, so that whatever else the machine does at the time slows both. */
export async function compareStarts(
  measureFirst: () => Promise<StartCost>,
  measureSecond: () => Promise<StartCost>,
  pairCount: number,
): Promise<Comparison> {
  const pairs: [StartCost, StartCost][] = [];
  for (let pair = 0; pair < pairCount; pair += 1) pairs.push([await measureFirst(), await measureSecond()]);
  const findMedians = (read: (pair: [StartCost, StartCost], measure: keyof StartCost) => number): StartCost =>
    mapMeasures((measure) => median(pairs.map((pair) => read(pair, measure))));
  return {
    ratios: findMedians(([first, second], measure) => second[measure] / first[yardsticks[measure]]),
    medians: [findMedians(([first], measure) => first[measure]), findMedians(([, second], measure) => second[measure])],
  };
}

/** What each measure of the second function is divided by, of the first. */
const yardsticks = {
  initMs: 'initMs',
  initCpuMs: 'initCpuMs',
  firstMs: 'firstMs',
  firstCpuMs: 'firstCpuMs',
  answerMs: 'initMs',
  answerCpuMs: 'initCpuMs',
} as const satisfies Record<keyof StartCost, keyof StartCost>;

function mapMeasures(find: (measure: keyof StartCost) => number): StartCost {
  return {
    initMs: find('initMs'),
    initCpuMs: find('initCpuMs'),
    firstMs: find('firstMs'),
    firstCpuMs: find('firstCpuMs'),
    answerMs: find('answerMs'),
    answerCpuMs: find('answerCpuMs'),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 100) / 100;
}
