// Finds lines of a run in the dead-letter queue, and leaves them there for whoever mends the cause.
import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import type { Connection } from './connect.ts';
import type { Ledger } from './ledger.ts';
import type { LineError } from './line-error.ts';
import { readLineNumber } from './wire-id.ts';

/** So long a message that was looked at is not seen again: time for the rest of the queue. */
const visibilitySeconds = 30;
/** Of up to ten messages. With more of them in the queue the first would be back before the last was seen. */
const mostReceives = 1_000;

/**
 * Looks through the dead-letter queue, records what is there of the run, and gives all of it back at the end. Throws
 * what SQS throws.
 */
export async function recordDeadLetters(ledger: Ledger, connection: Connection, signal: AbortSignal): Promise<void> {
  const seen: Message[] = [];
  for (let receives = 0; receives < mostReceives; receives += 1) {
    const messages = await receive(connection, signal);
    if (messages.length === 0) break;
    seen.push(...messages);
    await ledger.record(messages.flatMap((message) => toOutcomes(message, ledger)));
  }
  await giveBack(seen, connection);
}

async function receive({ sqs, deadLetters }: Connection, signal: AbortSignal): Promise<readonly Message[]> {
  // A look ends between requests: messages that nobody took would be out of sight for a while.
  if (signal.aborted) return [];
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetters.url,
      MaxNumberOfMessages: 10,
      // A second is enough for SQS to ask all of its servers instead of a few.
      WaitTimeSeconds: 1,
      VisibilityTimeout: visibilitySeconds,
      MessageAttributeNames: ['error_code', 'error_number', 'error_message'],
    }),
  );
  return Messages;
}

function toOutcomes(message: Message, { header }: Ledger) {
  const body = parseJson(message.Body ?? '');
  const line = isJsonObject(body) ? readLineNumber(header.runId, body) : undefined;
  return line === undefined ? [] : [{ kind: 'error', line, error: describeDeadLetter(message) } as const];
}

/** What the worker wrote beside the message; SQS itself, which moves what a dying worker leaves, writes nothing. */
function describeDeadLetter({ MessageAttributes = {} }: Message): LineError {
  const read = (name: string): string | undefined => MessageAttributes[name]?.StringValue;
  const errorCode = Number(read('error_number') ?? Number.NaN);
  return {
    code: read('error_code') ?? 'dead_letter',
    message:
      read('error_message') ??
      'The message was tried too often and is in the dead-letter queue; no worker was left to say why',
    ...(Number.isInteger(errorCode) && { errorCode }),
    isDeadLetter: true,
  };
}

async function giveBack(messages: readonly Message[], { sqs, deadLetters }: Connection): Promise<void> {
  for (let start = 0; start < messages.length; start += 10) {
    const Entries = messages.slice(start, start + 10).map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetters.url, Entries }));
  }
}
