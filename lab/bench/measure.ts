// The measurement: rounds in which every target gets the same load, one after the other, so that
// other work of the machine affects all of them alike.
import type { Mode } from './fixtures.ts';
import type { Load, LoadTask } from './load-generator.ts';
import { readProcessUsage } from './process-usage.ts';
import type { Target, TargetName } from './start-targets.ts';
import { sort } from './statistics.ts';

export interface Plan {
  readonly connections: readonly number[];
  readonly rounds: number;
  /** How long a target is measured in each round. */
  readonly sliceMs: number;
  /** How long each gateway is warmed up in each mode; it takes some 20,000 requests until no more code is compiled. */
  readonly warmUpMs: number;
}

/** What was measured of one target, in one mode, at one number of connections. */
export interface Cell {
  readonly target: TargetName;
  readonly mode: Mode;
  readonly connections: number;
  /** By round. */
  readonly requestsPerSecond: readonly number[];
  /** Of all rounds, in milliseconds, smallest first. */
  readonly latencies: Float64Array;
  readonly firstBytes: Float64Array;
  /** CPU time of the server per request; undefined if the system does not report it. */
  readonly cpuMsPerRequest: number | undefined;
  /** Memory at the end of the last round. */
  readonly residentBytes: number | undefined;
}

export interface MeasureOptions {
  readonly targets: readonly Target[];
  readonly plan: Plan;
  readonly runLoad: (task: LoadTask) => Promise<Load>;
  /** Called with a description of what is measured next. */
  readonly onProgress: (line: string) => void;
}

const modes: readonly Mode[] = ['plain', 'stream'];
const warmUpConnections = 10;

/** Warms everything up, then measures all cells. */
export async function measure({ targets, plan, runLoad, onProgress }: MeasureOptions): Promise<readonly Cell[]> {
  for (const mode of modes) {
    onProgress(`warming up: ${mode}`);
    // The upstream, which answers the others, warms up with them.
    for (const { requests } of targets.filter(({ name }) => !name.startsWith('direct'))) {
      await runLoad({ ...requests[mode], connections: warmUpConnections, durationMs: plan.warmUpMs });
    }
  }
  const cells: Cell[] = [];
  for (const mode of modes) {
    for (const connections of plan.connections) {
      const slices = new Map(targets.map(({ name }) => [name, [] as Slice[]]));
      for (let round = 0; round < plan.rounds; round += 1) {
        onProgress(`${mode}, ${connections} connections, round ${round + 1} of ${plan.rounds}`);
        // The order changes in every round, because a target may suffer from the one measured before it.
        for (const target of rotate(targets, round)) {
          const slice = await measureSlice(target, mode, connections, plan.sliceMs, runLoad);
          slices.get(target.name)?.push(slice);
        }
      }
      for (const { name } of targets) cells.push(combine(name, mode, connections, slices.get(name) ?? []));
    }
  }
  return cells;
}

interface Slice {
  readonly load: Load;
  readonly cpuMs: number | undefined;
  readonly residentBytes: number | undefined;
}

async function measureSlice(
  target: Target,
  mode: Mode,
  connections: number,
  durationMs: number,
  runLoad: MeasureOptions['runLoad'],
): Promise<Slice> {
  const before = readProcessUsage(target.process.pid);
  const load = await runLoad({ ...target.requests[mode], connections, durationMs });
  const after = readProcessUsage(target.process.pid);
  target.process.dropOutput();
  const cpuMs = before && after && after.cpuMs - before.cpuMs;
  return { load, cpuMs, residentBytes: after?.residentBytes };
}

/** Puts the slices of one cell together. */
function combine(target: TargetName, mode: Mode, connections: number, slices: readonly Slice[]): Cell {
  const answered = sum(slices.map(({ load }) => load.answered));
  const cpuTimes = slices.map(({ cpuMs }) => cpuMs).filter((cpuMs) => cpuMs !== undefined);
  return {
    target,
    mode,
    connections,
    requestsPerSecond: slices.map(({ load }) => load.requests / load.seconds),
    latencies: sort(slices.flatMap(({ load }) => [...load.latencies])),
    firstBytes: sort(slices.flatMap(({ load }) => [...load.firstBytes])),
    cpuMsPerRequest: cpuTimes.length === 0 ? undefined : sum(cpuTimes) / answered,
    residentBytes: slices.at(-1)?.residentBytes,
  };
}

function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
