// Takes the results of a run from the results queue and leaves the results of other runs there.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { isJsonObject, parseExactJson, parseJson } from '../../lib/core/json.ts';
import type { Connection } from './connect.ts';
import { fetchResult } from './fetch-result.ts';
import type { Ledger, LineOutcome } from './ledger.ts';
import type { Result } from './line-result.ts';
import { readLineNumber } from './wire-id.ts';

export interface ReceiveTask {
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

interface OwnMessage {
  readonly line: number;
  readonly content: Result;
  readonly message: Message;
}

/** Short, because a poll that outlives its run makes results invisible for the rest of its time. */
const waitSeconds = 2;
/** Long enough to fetch and store ten results, and short enough for those of a killed run to be visible again soon. */
const visibilitySeconds = 10;
/** After this time the results of other runs are visible again. At once, they would be received over and over. */
const giveBackSeconds = 3;

/** Receives until the signal aborts. A result is deleted from the queue after the journal has it. Throws what AWS throws. */
export async function receiveResults(task: ReceiveTask): Promise<void> {
  const { ledger, signal } = task;
  while (!signal.aborted) {
    const messages = await receive(task);
    const own: OwnMessage[] = [];
    const others: Message[] = [];
    for (const message of messages) {
      const body = message.Body ?? '';
      const content = parseJson(body);
      const line = isJsonObject(content) ? readLineNumber(ledger.header.runId, content) : undefined;
      // Of our own only: what others send may nest too deep for it.
      const exact = line === undefined ? undefined : parseExactJson(body);
      if (line !== undefined && isJsonObject(exact)) own.push({ line, content: exact, message });
      else others.push(message);
    }
    await Promise.all([settle(own, task), giveBack(others, task)]);
  }
}

async function receive({ connection, signal }: ReceiveTask): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: connection.results.url,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: visibilitySeconds,
  });
  try {
    const { Messages = [] } = await connection.sqs.send(command, { abortSignal: signal });
    return Messages;
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

async function settle(own: readonly OwnMessage[], { ledger, connection }: ReceiveTask): Promise<void> {
  if (own.length === 0) return;
  await ledger.record(await Promise.all(own.map((message) => readOutcome(message, ledger, connection))));
  const Entries = own.map(({ message }, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
  // A result that could not be deleted comes again, and is then ignored.
  await connection.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: connection.results.url, Entries }));
}

async function readOutcome(
  { line, content }: OwnMessage,
  { header }: Ledger,
  { s3 }: Connection,
): Promise<LineOutcome> {
  const result = await fetchResult(s3, content);
  if (result !== undefined && readLineNumber(header.runId, result) === line) return { kind: 'result', line, result };
  const message = 'The result was put into the results bucket, and it is not there any more';
  return { kind: 'error', line, error: { code: 'internal_error', message } };
}

async function giveBack(others: readonly Message[], { connection }: ReceiveTask): Promise<void> {
  if (others.length === 0) return;
  const Entries = others.map(({ ReceiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle,
    VisibilityTimeout: giveBackSeconds,
  }));
  const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: connection.results.url, Entries });
  await connection.sqs.send(command);
}
