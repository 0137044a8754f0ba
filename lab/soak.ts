// `npm run soak`: the gateway under mixed load with faults, for as long as you like, and whether it stayed sound.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { soak } from './soak/soak.ts';

const usage = `usage: npm run soak [-- <options>]

Runs npm start against a simulator that fails on request, and compares what each caller gets with what it must get.

  --minutes <n>   how long; default: 10
  --callers <n>   how many ask at a time; default: 200
  --faults <n>    in how many of 100 requests something goes wrong; default: 5
  --words <n>     length of each text; the simulator writes 200 words a second; default: 400
  --seed <n>      of the faults' order; default: 1`;

const numberOption = (value: string) => ({ type: 'string', default: value }) as const;

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: numberOption('10'),
      callers: numberOption('200'),
      faults: numberOption('5'),
      words: numberOption('400'),
      seed: numberOption('1'),
    },
  });
  const read = (name: keyof typeof values): number => {
    const number = Number(values[name]);
    if (values[name] !== '' && number >= 0) return number;
    throw new TypeError(`--${name} must be a number`);
  };
  return {
    seconds: read('minutes') * 60,
    callers: read('callers'),
    faultPercent: read('faults'),
    words: read('words'),
    seed: read('seed'),
  };
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exit(1);
}
const { lines, violations } = await soak(options);
const command = ['npm run soak', ...process.argv.slice(2)].join(' ').replace('soak ', 'soak -- ');
const date = new Date().toISOString().slice(0, 10);
const cpu = cpus()[0]?.model.trim() ?? 'an unknown processor';
console.log(`${command}, ${date}; ${cpu}, ${availableParallelism()} cores, Node.js ${process.versions.node}`);
for (const line of [...lines, ...violations.map((violation) => `✗ ${violation}`)]) console.log(line);
process.exitCode = violations.length === 0 ? 0 : 1;
