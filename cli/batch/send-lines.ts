// Sends the lines of the input to the request queue, no more at a time than the worker is given to do.
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

/** How many lines may be sent without a result: results are to be read along, or they would expire in their queue. */
export const mostOutstanding = 1_000;

const mostSendAttempts = 6;

/**
 * Sends what has neither been sent nor has a result. A message that SQS refuses for what it holds becomes a failed
 * line. Throws the signal's reason, and what SQS throws.
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

/** Returns what SQS says of the messages that it may take at another time, by line. */
async function sendOnce(
  messages: readonly LineMessage[],
  { ledger, connection }: SendTask,
): Promise<ReadonlyMap<string, BatchResultErrorEntry>> {
  const { sqs, requests } = connection;
  const Entries = messages.map(({ line, wireId, body }) => ({
    Id: String(line),
    MessageBody: body,
    // A group of its own for each line: none waits for another.
    ...(requests.isFifo && { MessageGroupId: wireId, MessageDeduplicationId: wireId }),
  }));
  // Without the signal: what became of a request that was broken off is not known.
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

/** Whether the message itself is at fault, not our rights or the queue's keys. */
function isRefused({ Code = '' }: BatchResultErrorEntry): boolean {
  return /InvalidParameterValue|InvalidMessageContents|MessageTooLong/.test(Code);
}
