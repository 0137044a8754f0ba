// `npm run bench`: requests per second, latencies, CPU and memory of the gateway, beside Portkey's and the bare upstream.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { readBenchOptions, UsageError } from './bench-options.ts';
import type { BenchOptions } from './bench-options.ts';
import { checkAnswers } from './check-answers.ts';
import { compare } from './compare.ts';
import { installPortkey } from './install-portkey.ts';
import { measure } from './measure.ts';
import type { Cell } from './measure.ts';
import { replaceResults } from './replace-results.ts';
import { formatReport } from './report.ts';
import { startLoadProcess } from './start-load-process.ts';
import { startTargets } from './start-targets.ts';

const documentUrl = new URL('../../docs/benchmarks.md', import.meta.url);

// Without a handler, a signal would leave the processes that were started behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await run(readBenchOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  tell(error.message);
  process.exitCode = 1;
}

async function run(options: BenchOptions): Promise<void> {
  const portkeyVersion = installPortkey(tell);
  const loadBefore = readLoadAverage();
  const cells = await measureAll(options);
  const report = formatReport(
    {
      command: ['npm run bench', ...process.argv.slice(2)].join(' ').replace('bench ', 'bench -- '),
      date: new Date().toISOString().slice(0, 10),
      cpu: cpus()[0]?.model.trim() ?? 'an unknown processor',
      cores: availableParallelism(),
      operatingSystem: `${type()} ${release()}`,
      nodeVersion: process.versions.node,
      portkeyVersion,
      portkeyNodeVersion: execFileSync(options.portkeyNode, ['--version'], { encoding: 'utf8' }).trim().slice(1),
      loadAverages: [loadBefore, readLoadAverage()],
      plan: options.plan,
    },
    cells,
    compare(cells),
  );
  process.stdout.write(`${report}\n`);
  if (options.isWritten) writeFileSync(documentUrl, replaceResults(readFileSync(documentUrl, 'utf8'), report));
}

async function measureAll({ plan, portkeyNode }: BenchOptions): Promise<readonly Cell[]> {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-bench-'));
  const removeDirectory = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', removeDirectory);
  const targets = await startTargets({ directory, portkeyNode });
  const load = startLoadProcess();
  try {
    await checkAnswers(targets.list);
    return await measure({ targets: targets.list, plan, runLoad: (task) => load.run(task), onProgress: tell });
  } finally {
    load.stop();
    await targets.stop();
  }
}

/** Of the last minute. */
function readLoadAverage(): number {
  return loadavg()[0] ?? 0;
}
