// Sends the lines of the input to the request queue, and limits how many of them wait for results.
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeWireBody, readBatchLine } from './batch-line.ts';
import { BatchError } from './batch-error.ts';
import type { Connection } from './connect.ts';
import { readFileLines } from './file-lines.ts';
import type { Ledger } from './ledger.ts';
import { groupMessages } from './message-batches.ts';
import type { LineMessage } from './message-batches.ts';
import { createWireId } from './wire-id.ts';

export interface SendTask {
  readonly inputPath: string;
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** The most lines that may wait for a result. Without a limit, results could expire in their queue before they are read. */
export const mostOutstanding = 1_000;

const mostSendAttempts = 6;

/**
 * Sends the lines that have neither been sent nor have a result. If SQS refuses a message because of its content, the
 * line has failed. Throws the signal's reason, and what SQS throws.
 */
export async function sendLines(task: SendTask): Promise<void> {
  const { ledger, signal } = task;
  for await (const messages of groupMessages(readMessages(task))) {
    await ledger.waitUntil(() => ledger.counts.outstanding + messages.length <= mostOutstanding, signal);
    signal.throwIfAborted();
    await sendMessages(messages, task);
  }
}

async function* readMessages({ inputPath, ledger }: SendTask): AsyncGenerator<LineMessage> {
  const { header, attempt } = ledger;
  for await (const fileLine of readFileLines(inputPath)) {
    const line = readBatchLine(fileLine);
    if (line === undefined || line.fault !== undefined) continue;
    if (ledger.hasOutcome(line.number) || ledger.isOutstanding(line.number)) continue;
    const wireId = createWireId(header.runId, line.number, attempt);
    yield { line: line.number, wireId, body: encodeWireBody(line, wireId) };
  }
}

async function sendMessages(messages: readonly LineMessage[], task: SendTask): Promise<void> {
  let remaining = messages;
  for (let attempt = 1; remaining.length > 0; attempt += 1) {
    const failures = await sendOnce(remaining, task);
    remaining = remaining.filter(({ line }) => failures.has(String(line)));
    const failure = failures.values().next().value;
    if (failure === undefined) return;
    if (attempt === mostSendAttempts) {
      throw new BatchError(`SQS does not take messages: ${failure.Code}: ${failure.Message}`, 1);
    }
    await sleep(2 ** (attempt - 1) * 100, undefined, { signal: task.signal });
  }
}

/** Sends once. Returns the errors of the messages that SQS may accept later, by line. */
async function sendOnce(
  messages: readonly LineMessage[],
  { ledger, connection }: SendTask,
): Promise<ReadonlyMap<string, BatchResultErrorEntry>> {
  const { sqs, requests } = connection;
  const Entries = messages.map(({ line, wireId, body }) => ({
    Id: String(line),
    MessageBody: body,
    // Each line is a message group of its own, so that none waits for another.
    ...(requests.isFifo && { MessageGroupId: wireId, MessageDeduplicationId: wireId }),
  }));
  // Without the signal, because one could not know whether an aborted request had sent its messages.
  const { Successful = [], Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({ QueueUrl: requests.url, Entries }),
  );
  if (Successful.length > 0) await ledger.markSent(Successful.map(({ Id }) => Number(Id)));
  const refused = Failed.filter(isRefused);
  await ledger.record(
    refused.map(({ Id, Code, Message }) => ({
      kind: 'error',
      line: Number(Id),
      error: { code: 'invalid_argument', message: `The queue refused the message: ${Code}: ${Message}` },
    })),
  );
  return new Map(Failed.filter((failure) => !isRefused(failure)).map((failure) => [String(failure.Id), failure]));
}

/** Whether SQS refuses the message itself, and not because of our permissions or the queue's encryption key. */
function isRefused({ Code = '' }: BatchResultErrorEntry): boolean {
  return /InvalidParameterValue|InvalidMessageContents|MessageTooLong/.test(Code);
}
