// Runs a batch: sends the lines that have not been sent, waits for all results, and writes them in order.
import { createHash, randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { readBatchLine } from './batch-line.ts';
import type { BatchArguments } from './batch-arguments.ts';
import { BatchError } from './batch-error.ts';
import { connect } from './connect.ts';
import type { Connection, Environment, Place } from './connect.ts';
import { readFileLines } from './file-lines.ts';
import { openLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { formatSummary } from './progress.ts';
import { receiveResults } from './receive-results.ts';
import { sendLines } from './send-lines.ts';
import { showProgress } from './show-progress.ts';
import type { ProgressStream, ShownProgress } from './show-progress.ts';
import { watchOutstanding } from './watch-outstanding.ts';
import { writeOutput } from './write-output.ts';

export interface BatchTask {
  readonly batchArguments: BatchArguments;
  readonly place: Place;
  readonly environment: Environment;
  /** The stream on which progress is shown. */
  readonly stream: ProgressStream;
  /** Ends the batch when it aborts; its reason is thrown. What was sent and received until then is in the journal. */
  readonly interruption: AbortSignal;
}

/** How a run ended whose output is written. */
export interface BatchEnd {
  /** How many lines succeeded and failed, and where the output is. */
  readonly summary: string;
  /** Why lines failed, sentence by sentence; empty when none did. */
  readonly failures: readonly string[];
}

interface InputFacts {
  readonly inputHash: string;
  /** Lines that are not blank. */
  readonly total: number;
  /** Lines that cannot be sent. */
  readonly faulty: number;
}

/** How many long polls run at a time. */
const pollers = 3;

/**
 * Runs a batch, or goes on with it where its journal ends, and says how it ended.
 *
 * @throws BatchError and whatever the file system and the AWS SDK throw. The journal is kept then.
 */
export async function runBatch(task: BatchTask): Promise<BatchEnd> {
  const { inputPath, outputPath } = task.batchArguments;
  const journalPath = `${outputPath}.journal`;
  await refuseFormerOutput(outputPath, journalPath);
  const facts = await examineInput(inputPath);
  const connection = await connect(task.place, task.environment);
  const ledger = await openLedger(journalPath, {
    kind: 'header',
    runId: randomUUID(),
    inputHash: facts.inputHash,
    queue: connection.queueName,
  });
  let failures: readonly string[];
  try {
    await awaitResults(task, facts, ledger, connection);
    failures = (await writeOutput({ inputPath, outputPath, ledger })).describe();
  } catch (error) {
    await ledger.close();
    throw error;
  }
  await ledger.remove();
  return { summary: `${formatSummary(countLines(facts, ledger))} → ${outputPath}`, failures };
}

async function refuseFormerOutput(outputPath: string, journalPath: string): Promise<void> {
  if ((await exists(outputPath)) && !(await exists(journalPath))) {
    throw new BatchError(`${outputPath} exists already: name another output, or move it away`, 2);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Any other error will be reported when the file is opened.
    return false;
  }
}

async function examineInput(inputPath: string): Promise<InputFacts> {
  const hash = createHash('sha256');
  let total = 0;
  let faulty = 0;
  for await (const fileLine of readFileLines(inputPath, (chunk) => hash.update(chunk))) {
    const line = readBatchLine(fileLine);
    if (line === undefined) continue;
    total += 1;
    if (line.fault !== undefined) faulty += 1;
  }
  return { inputHash: hash.digest('hex'), total, faulty };
}

async function awaitResults(
  { batchArguments, stream, interruption }: BatchTask,
  facts: InputFacts,
  ledger: Ledger,
  connection: Connection,
): Promise<void> {
  const isComplete = (): boolean => ledger.counts.succeeded + ledger.counts.failed + facts.faulty === facts.total;
  if (isComplete()) return;
  const progress = startProgress(stream, facts, ledger);
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, interruption]);
  const task = { inputPath: batchArguments.inputPath, ledger, connection, signal, say: progress.say };
  const background = [
    sendLines(task),
    watchOutstanding(task),
    ...Array.from({ length: pollers }, () => receiveResults(task)),
    // The first failure ends the other tasks and is the one that is reported.
  ].map((work) => work.catch((error: unknown) => ending.abort(error)));
  try {
    await ledger.waitUntil(isComplete, signal);
  } finally {
    ending.abort();
    await Promise.all(background);
    progress.stop();
    if (!isComplete()) stream.write(`${formatSummary(countLines(facts, ledger))}\n`);
  }
}

function startProgress(stream: ProgressStream, facts: InputFacts, ledger: Ledger): ShownProgress {
  const startedMs = performance.now();
  const { succeeded, failed } = ledger.counts;
  const before = succeeded + failed;
  return showProgress(stream, () => {
    const { counts } = ledger;
    const arrived = counts.succeeded + counts.failed - before;
    return { ...countLines(facts, ledger), arrived, elapsedMs: performance.now() - startedMs };
  });
}

function countLines({ total, faulty }: InputFacts, { counts }: Ledger) {
  return { total, succeeded: counts.succeeded, failed: counts.failed + faulty };
}
