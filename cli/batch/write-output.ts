// Writes the output of a finished run: a result for each line of the input, in its order and with its id.
import { createHash } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { readBatchLine } from './batch-line.ts';
import type { BatchLine } from './batch-line.ts';
import { BatchError } from './batch-error.ts';
import { createFailedLines } from './failed-lines.ts';
import type { FailedLines } from './failed-lines.ts';
import { readFileLines } from './file-lines.ts';
import type { Ledger } from './ledger.ts';
import { createFailedResult, restoreId } from './line-result.ts';
import type { Result } from './line-result.ts';

export interface OutputTask {
  readonly inputPath: string;
  readonly outputPath: string;
  readonly ledger: Ledger;
}

/**
 * Writes to a file beside the output and renames it, so that an output is always complete. Returns which lines failed. Throws
 * a BatchError when the input has changed since it was sent.
 */
export async function writeOutput(task: OutputTask): Promise<FailedLines> {
  const failedLines = createFailedLines();
  const partialPath = `${task.outputPath}.partial`;
  const file = await open(partialPath, 'w');
  try {
    await writeResults(task, file, failedLines);
    await file.sync();
  } catch (error) {
    await file.close();
    await unlink(partialPath);
    throw error;
  }
  await file.close();
  await rename(partialPath, task.outputPath);
  return failedLines;
}

async function writeResults(
  { inputPath, ledger }: OutputTask,
  file: FileHandle,
  failedLines: FailedLines,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const fileLine of readFileLines(inputPath, (chunk) => hash.update(chunk))) {
    const line = readBatchLine(fileLine);
    if (line === undefined) continue;
    const result = await findResult(line, ledger);
    failedLines.note(line.number, result);
    await file.appendFile(`${JSON.stringify(result)}\n`);
  }
  if (hash.digest('hex') === ledger.header.inputHash) return;
  throw new BatchError('The input was changed while its results were awaited; put the former one back', 2);
}

async function findResult(line: BatchLine, ledger: Ledger): Promise<Result> {
  const { runId } = ledger.header;
  if (line.fault !== undefined) return createFailedResult(runId, line, line.fault);
  const outcome = await ledger.readOutcome(line.number);
  // Only a line that was added after the input was read has no outcome.
  if (outcome === undefined) return createFailedResult(runId, line, { code: 'internal_error', message: 'No result' });
  return outcome.kind === 'result' ? restoreId(line, outcome.result) : createFailedResult(runId, line, outcome.error);
}
