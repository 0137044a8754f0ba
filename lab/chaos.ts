// `npm run chaos`: the fault matrix. Every caller and every upstream, answers cut at every byte, and a search for secrets.
import { parseArgs } from 'node:util';
import { createFullMatrix, createShortMatrix } from './chaos/matrix.ts';
import type { ChaosCase } from './chaos/chaos-case.ts';
import { runMatrix } from './chaos/run-matrix.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean' },
    only: { type: 'string' },
    violations: { type: 'string' },
  },
});

const startedAt = performance.now();
const report = await runMatrix(select(), {
  mostViolations: Number(values.violations ?? 50),
  onProgress: (cases) => console.error(`${cases} cases …`),
});

console.table(
  Object.fromEntries(
    [...report.faults].map(([fault, { cases, whole, errors }]) => [fault, { cases, whole, errors }] as const),
  ),
);
const codes = [...report.codes].toSorted(([, one], [, other]) => other - one);
console.log(`errors by code: ${codes.map(([code, count]) => `${code} ${count}`).join(', ')}`);
console.log(`${report.logLines} log lines and ${report.cases} answers searched for credentials, prompts and texts`);
for (const violation of report.violations) console.log(`VIOLATION ${violation}`);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const { cases, whole, errors, violations } = report;
console.log(`${cases} cases: ${whole} whole, ${errors} errors, ${violations.length} violations (${seconds} s)`);
process.exitCode = violations.length === 0 ? 0 : 1;

/** The cases whose fault or name holds `--only`. */
function* select(): Generator<ChaosCase> {
  const { only, short } = values;
  const all = short ? createShortMatrix() : createFullMatrix();
  for (const one of all) if (only === undefined || one.name.includes(only)) yield one;
}
