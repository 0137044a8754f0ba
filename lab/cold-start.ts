// `npm run cold-start`: what a cold start of the completion function costs under the processor shares of Lambda.
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './bench/statistics.ts';
import { measureStarts } from './cold-start/measure-starts.ts';
import type { HeldPhase, StartCosts, StartPlan } from './cold-start/measure-starts.ts';

const usage = `usage: npm run cold-start [-- <options>]

Starts the packaged completion function and an empty handler in turn, in AWS's runtime client, with the processor time
that Lambda gives to each size of memory, and prints the medians. It needs Linux, root, and npm ci --prefix tools/ric.

  --memory <MB,…>      default: 256,512,1024
  --held <phases>      invoke: from the first event on, for AWS gives more than the share until then; all: from the
                       start on; or both, the default
  --rounds <n>         how often each is started; default: 15
  --build <name=path>  another build to measure beside it: where an archive of it was unpacked; may be repeated
  --compile-cache      also with a compile cache of Node.js, made here of the same code`;

const measures = ['initMs', 'initCpuMs', 'answerMs', 'answerCpuMs', 'firstMs', 'firstCpuMs'] as const;

function readPlans(): readonly StartPlan[] {
  const { values } = parseArgs({
    options: {
      memory: { type: 'string', default: '256,512,1024' },
      held: { type: 'string', default: 'invoke,all' },
      rounds: { type: 'string', default: '15' },
      build: { type: 'string', multiple: true, default: [] },
      'compile-cache': { type: 'boolean', default: false },
    },
  });
  const rounds = readCount('rounds', values.rounds);
  const builds = new Map(
    values.build.map((text) => {
      const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (name === undefined || path === undefined) throw new TypeError('--build must have the form name=path');
      return [name, resolve(path)] as const;
    }),
  );
  return values.held.split(',').flatMap((phase) => {
    if (!isPhase(phase)) throw new TypeError('--held must be invoke, all, or both with a comma between them');
    return values.memory.split(',').map((text) => {
      return { memoryMb: readCount('memory', text), phase, rounds, builds, hasCompileCache: values['compile-cache'] };
    });
  });
}

function isPhase(text: string): text is HeldPhase {
  return text === 'all' || text === 'invoke';
}

function readCount(name: string, text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text)) return Number(text);
  throw new TypeError(`--${name} must be a whole number, 1 at least`);
}

function describeCosts(plan: StartPlan, costs: StartCosts): readonly string[] {
  const rows = [...costs].map(([name, starts]) => {
    const medians = measures.map((measure) => median(starts.map((start) => start[measure])).toFixed(0));
    return `| ${plan.memoryMb} MB, ${plan.phase} | ${name} | ${medians.join(' | ')} |`;
  });
  return rows;
}

let plans: readonly StartPlan[];
try {
  plans = readPlans();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exit(1);
}
const command = ['npm run cold-start', ...process.argv.slice(2)].join(' ').replace('cold-start ', 'cold-start -- ');
const cpu = cpus()[0]?.model.trim() ?? 'an unknown processor';
const machine = `${cpu}, ${availableParallelism()} cores, Node.js ${process.versions.node}`;
console.log(`${command}, ${new Date().toISOString().slice(0, 10)}; ${machine}\n`);
console.log(`| held to the share of | function | ${measures.join(' | ')} |`);
console.log(`|${' --- |'.repeat(measures.length + 2)}`);
const results = await measureStarts(plans);
for (const [index, plan] of plans.entries()) {
  const costs = results[index];
  if (costs !== undefined) console.log(describeCosts(plan, costs).join('\n'));
}
