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
    return { ...init, ...first, answerMs: answeredAt - invokedAt };
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
  /** Of each pair the second cost by the first; of all pairs the median. */
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
  return {
    ratios: summarise((key) => pairs.map(([first, second]) => second[key] / first[key])),
    medians: [
      summarise((key) => pairs.map(([first]) => first[key])),
      summarise((key) => pairs.map(([, second]) => second[key])),
    ],
  };
}

function summarise(read: (key: keyof StartCost) => readonly number[]): StartCost {
  const median = (key: keyof StartCost): number => {
    const sorted = read(key).toSorted((a, b) => a - b);
    return Math.round((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 100) / 100;
  };
  return {
    initMs: median('initMs'),
    initCpuMs: median('initCpuMs'),
    firstMs: median('firstMs'),
    firstCpuMs: median('firstCpuMs'),
    answerMs: median('answerMs'),
  };
}
