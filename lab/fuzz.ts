// `npm run fuzz`: hostile input against the functions and their parts, for as long as requested.
import { parseArgs } from 'node:util';
import { functionProperties, partProperties } from './fuzz/all-properties.ts';
import { startFuzzTarget } from './fuzz/fuzz-target.ts';

const usage = `usage: npm run fuzz [-- <options> <properties>]

Without names every property runs.

  --seconds <seconds>   how long each property runs; default: 10
  --runs <cases>        how many cases each property has; default: as many as the time allows
  --seed <number>       the same cases as a run that printed this seed; default: a new one`;

/** A mistake of the user, shown without a stack trace. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface FuzzSettings {
  readonly names: readonly string[];
  readonly runs: number;
  readonly seconds: number | undefined;
  readonly seed: number;
}

function readSettings(): FuzzSettings {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: text, runs: text, seed: text },
  });
  const known = [...functionProperties, ...partProperties].map(({ name }) => name);
  if (positionals.some((name) => !known.includes(name))) {
    throw new UsageError(`${usage}\n\nproperties: ${known.join(', ')}`);
  }
  const runs = values.runs === undefined ? undefined : readNumber(values.runs, 1);
  return {
    names: positionals.length === 0 ? known : positionals,
    runs: runs ?? 1_000_000_000,
    seconds: values.seconds === undefined ? (runs === undefined ? 10 : undefined) : readNumber(values.seconds, 1),
    seed: values.seed === undefined ? Date.now() % 2_147_483_648 : readNumber(values.seed, -2_147_483_648),
  };
}

function readNumber(given: string, least: number): number {
  const number = Number(given);
  if (!Number.isInteger(number) || number < least || number > 2_147_483_647) throw new UsageError(usage);
  return number;
}

/** Runs the properties one after the other; prints the result of each. */
async function runAll({ names, ...runs }: FuzzSettings): Promise<boolean> {
  console.log(`seed ${runs.seed}`);
  let holds = true;
  const target = await startFuzzTarget();
  try {
    const chosen = [...functionProperties, ...partProperties].filter(({ name }) => names.includes(name));
    for (const { name, fact, run } of chosen) {
      const { cases, failure } = await run(target, runs);
      console.log(`${failure === undefined ? 'holds ' : 'BROKEN'} ${name}: ${cases} cases: ${fact}`);
      if (failure !== undefined) console.log(`${failure}\nagain: npm run fuzz -- --seed ${runs.seed} ${name}\n`);
      holds &&= failure === undefined;
    }
  } finally {
    await target.close();
  }
  return holds;
}

try {
  if (!(await runAll(readSettings()))) process.exitCode = 1;
} catch (error) {
  const isExplained = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}
