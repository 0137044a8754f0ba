// Finds lines of a run in the dead-letter queue, and leaves them there until somebody has mended the cause.
import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Message } from '@aws-sdk/client-sqs';
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import type { Connection } from './connect.ts';
import type { Ledger } from './ledger.ts';
import type { LineError } from './line-error.ts';
import { readLineNumber } from './wire-id.ts';

/** How long a message stays invisible after it was looked at, so that the rest of the queue can be looked at meanwhile. */
const visibilitySeconds = 30;
/** The most receive calls, of up to ten messages each. In a longer queue the first messages would return before the last was seen. */
const mostReceives = 1_000;

/**
 * Looks through the dead-letter queue, records the lines of this run that are in it, and makes all messages visible again
 * at the end. Throws what SQS throws.
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
  // Stops only between requests: messages of an aborted request would stay invisible for a while.
  if (signal.aborted) return [];
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetters.url,
      MaxNumberOfMessages: 10,
      // With a waiting time, SQS asks all of its servers instead of a few.
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

/** Describes the error that the worker wrote beside the message. A message that SQS itself moved, after workers died, has none. */
function describeDeadLetter({ MessageAttributes = {} }: Message): LineError {
  const read = (name: string): string | undefined => MessageAttributes[name]?.StringValue;
  const errorCode = Number(read('error_number') ?? Number.NaN);
  return {
    code: read('error_code') ?? 'dead_letter',
    message:
      read('error_message') ??
      'The message was tried too often and is in the dead-letter queue; the workers ended without reporting an error',
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
