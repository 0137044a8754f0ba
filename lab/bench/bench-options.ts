// The command line of the benchmark.
import { parseArgs } from 'node:util';
import type { Plan } from './measure.ts';

export interface BenchOptions {
  readonly plan: Plan;
  /** Whether the results go into docs/benchmarks.md. */
  readonly isWritten: boolean;
  /** The Node.js that Portkey's gateway runs on. */
  readonly portkeyNode: string;
}

export const usage = `usage: npm run bench [-- <options>]

Measures the upstream alone, this gateway, and Portkey's gateway, side by side.

  --full                 8 s for each row of the tables, about 6 minutes; default: 1.2 s, about a minute
  --write                put the results into docs/benchmarks.md
  --portkey-node <path>  run Portkey's gateway on another Node.js than this one`;

const connections = [1, 10, 50];
const shortPlan: Plan = { connections, rounds: 2, sliceMs: 600, warmUpMs: 1_500 };
const fullPlan: Plan = { connections, rounds: 4, sliceMs: 2_000, warmUpMs: 8_000 };

/** A mistake of the user, shown without a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 *
 * @throws UsageError for anything it does not know.
 */
export function readBenchOptions(parameters: readonly string[]): BenchOptions {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...parameters],
      options: { full: flag, write: flag, 'portkey-node': { type: 'string', default: process.execPath } },
    });
    return {
      plan: values.full ? fullPlan : shortPlan,
      isWritten: values.write,
      portkeyNode: values['portkey-node'],
    };
  } catch (error) {
    throw new UsageError(usage, { cause: error });
  }
}
