// Compares our gateway with the upstream behind it and with Portkey's gateway.
import type { Dialect, Mode } from './fixtures.ts';
import type { Cell } from './measure.ts';
import type { TargetName } from './start-targets.ts';
import { median, percentile } from './statistics.ts';

/** One mode at one number of connections. Undefined: cannot be measured on this system. */
export interface Comparison {
  readonly mode: Mode;
  readonly connections: number;
  /** Ours over Portkey's, OpenAI dialect on both sides: the median of the rounds. */
  readonly throughputRatio: number;
  /** The same of the bare proxy, which is as much as anything on node:http can reach. */
  readonly bareThroughputRatio: number;
  /** Portkey's over ours. */
  readonly p99Ratio: number;
  /** Ours less direct, of the medians. */
  readonly firstByteBehindMs: Readonly<Record<Dialect, number>>;
  readonly cpuMsPerRequest: Readonly<Record<Dialect, number | undefined>>;
}

/** Compares the cells of one run; they come in the same order for every target. */
export function compare(cells: readonly Cell[]): readonly Comparison[] {
  const find = (target: TargetName, { mode, connections }: Cell): Cell => {
    const isFound = (cell: Cell): boolean =>
      cell.target === target && cell.mode === mode && cell.connections === connections;
    const found = cells.find(isFound);
    if (found === undefined) throw new Error(`${target} ${mode} ${connections} was not measured`);
    return found;
  };
  return cells
    .filter(({ target }) => target === 'ours-openai')
    .map((ours) => {
      const portkey = find('portkey-openai', ours);
      const v1 = find('ours-v1', ours);
      return {
        mode: ours.mode,
        connections: ours.connections,
        throughputRatio: compareThroughput(ours, portkey),
        bareThroughputRatio: compareThroughput(find('bare-openai', ours), portkey),
        p99Ratio: percentile(portkey.latencies, 99) / percentile(ours.latencies, 99),
        firstByteBehindMs: {
          openai: compareFirstBytes(ours, find('direct-openai', ours)),
          v1: compareFirstBytes(v1, find('direct-v1', ours)),
        },
        cpuMsPerRequest: { openai: ours.cpuMsPerRequest, v1: v1.cpuMsPerRequest },
      };
    });
}

/** One cell's throughput in units of another's. Cells are compared round by round, because the speed of the machine changes with time. */
function compareThroughput(cell: Cell, base: Cell): number {
  return median(cell.requestsPerSecond.map((rate, round) => rate / (base.requestsPerSecond[round] ?? 0)));
}

function compareFirstBytes(cell: Cell, base: Cell): number {
  return percentile(cell.firstBytes, 50) - percentile(base.firstBytes, 50);
}
