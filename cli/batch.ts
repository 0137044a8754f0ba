// `npm run batch`: sends the lines of a file to the request queue and writes their results to another file.
import { formatCommand, parseBatchArguments } from './batch/batch-arguments.ts';
import type { BatchArguments } from './batch/batch-arguments.ts';
import { BatchError } from './batch/batch-error.ts';
import { findPlace } from './batch/connect.ts';
import { explainFailure, findExitCode } from './batch/explain-failure.ts';
import { createInterruption } from './batch/interruption.ts';
import { runBatch } from './batch/run-batch.ts';

/** The run is over and the output whole, but lines of it have errors in place of answers. */
const failedLinesExitCode = 3;

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
    const { summary, failures } = await runBatch(task);
    console.error([summary, ...failures].join('\n'));
    return failures.length === 0 ? 0 : failedLinesExitCode;
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
