// `npm run batch`: sends the lines of a file to the request queue and writes their results to another file.
import { formatCommand, parseBatchArguments } from './batch/batch-arguments.ts';
import type { BatchArguments } from './batch/batch-arguments.ts';
import { BatchError } from './batch/batch-error.ts';
import { findPlace } from './batch/connect.ts';
import { explainFailure, findExitCode } from './batch/explain-failure.ts';
import { createInterruption } from './batch/interruption.ts';
import { runBatch } from './batch/run-batch.ts';

async function main(batchArguments: BatchArguments): Promise<number> {
  const place = findPlace(batchArguments.stage, process.env);
  const { signal, interrupt } = createInterruption(
    () => performance.now(),
    () => process.exit(1),
  );
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const task = { batchArguments, place, environment: process.env, stream: process.stderr, interruption: signal };
  try {
    console.error(await runBatch(task));
    return 0;
  } catch (error) {
    console.error(explainFailure(error, place));
    const exitCode = findExitCode(error);
    if (exitCode === 1) console.error(`To go on: ${formatCommand(batchArguments)}`);
    return exitCode;
  }
}

try {
  process.exitCode = await main(parseBatchArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BatchError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
