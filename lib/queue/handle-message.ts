// One delivery of one message, from the claim to the result.
import { createHash } from 'node:crypto';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { QueueRecord } from '../lambda/sqs-batch.ts';
import { describeError } from '../platform/logger.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/logger.ts';
import type { MessageQueues } from '../platform/message-queue.ts';
import { decodeQueueMessage } from '../wire/queue-message.ts';
import { answerMessage } from './answer-message.ts';
import type { AnswerOptions } from './answer-message.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Claim, KnownResults } from './known-results.ts';
import { isUntried } from './message-record.ts';
import type { DeliveryEnd, MessageRecord } from './message-record.ts';
import type { SendResult } from './results.ts';

export interface HandleOptions extends AnswerOptions {
  readonly knownResults: KnownResults;
  readonly deadLetters: DeadLetters;
  readonly sendResult: SendResult;
  readonly queues: MessageQueues;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HandleCall {
  /** Aborts at the deadline; its reason is the GatewayError to report. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/** How long after the deadline a sandbox may still be at work. */
const stoppedAfterMs = 10_000;

export type HandleMessage = (record: QueueRecord, call: HandleCall, learned: MessageRecord) => Promise<DeliveryEnd>;

/**
 * Creates what handles a message. A result is sent before the message is deleted, so that whatever dies in between, the
 * next delivery goes on from there. `returned` means that the message is to be delivered again, with the reason in
 * `learned.error`.
 */
export function createHandleMessage(options: HandleOptions): HandleMessage {
  const { knownResults, deadLetters, sendResult, queues, clock, log } = options;

  /** What is not essential: when it fails, something is done twice, and nothing is lost. */
  const attempt = async (what: string, { messageId }: QueueRecord, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log('warn', what, { message_id: messageId, cause: describeError(error) });
    }
  };
  /** A store that is down must not stop the queue: then a duplicate may be answered twice. */
  const claimOrGoOn = async (identity: string, record: QueueRecord, { signal, deadlineMs }: HandleCall) => {
    let claim: Claim | undefined;
    await attempt('known results cannot be used', record, async () => {
      claim = await knownResults.claim(identity, record, deadlineMs + stoppedAfterMs, signal);
    });
    if (signal.aborted && claim?.kind === 'claimed') await attempt('claim was not released', record, claim.release);
    signal.throwIfAborted();
    return claim ?? unclaimed;
  };
  /** Lambda deletes what was answered at the end of the batch; until then a sandbox that dies would have it answered again. */
  const acknowledge = (record: QueueRecord): Promise<void> =>
    attempt('message was not deleted at once', record, async () =>
      queues.remove(await queues.findUrl(record.queueArn), record.receiptHandle),
    );

  const answer = async (record: QueueRecord, call: HandleCall, learned: MessageRecord): Promise<DeliveryEnd> => {
    const identity = createHash('sha256').update(`${record.queueArn}\n${record.body}`).digest('hex');
    const message = decodeQueueMessage(record.body);
    const id = message.id ?? record.messageId;
    learned.id = id;
    learned.form = message.form;

    // What cannot be asked for calls no upstream, however often it comes.
    const isValid = !(message.content instanceof GatewayError);
    const claim = isValid ? await claimOrGoOn(identity, record, call) : unclaimed;
    if (claim.kind === 'busy') throw createBusyError(claim.untilMs - clock.now(), record);
    if (claim.kind === 'sent') {
      await acknowledge(record);
      return 'duplicate';
    }
    const release = (): Promise<void> => attempt('claim was not released', record, claim.release);
    let body: string;
    if (claim.kind === 'unsent') {
      body = claim.result;
    } else {
      try {
        body = await answerMessage(message, id, createUpstreamCall(record, call, learned), learned, options);
      } catch (error) {
        await release();
        throw error;
      }
    }
    const refusal = learned.error;
    try {
      await sendResult({ message, id, body, refusal, record, identity });
    } catch (error) {
      // A failure is not known: the same message sent again is tried again.
      if (refusal !== undefined) await release();
      else await attempt('result was not kept', record, () => claim.keepUnsent(body));
      throw error;
    }
    const close = refusal === undefined ? attempt('result was not noted as sent', record, claim.markSent) : release();
    await Promise.all([acknowledge(record), close]);
    return refusal === undefined ? 'succeeded' : 'failed';
  };

  const giveUp = async (record: QueueRecord, error: GatewayError): Promise<boolean> => {
    let isTaken = false;
    // If it fails, SQS moves the message at the next receive.
    await attempt('message was not moved to the dead-letter queue', record, async () => {
      isTaken = await deadLetters.take(record, error);
    });
    if (isTaken) await acknowledge(record);
    return isTaken;
  };

  return async (record, call, learned) => {
    try {
      return await answer(record, call, learned);
    } catch (thrown) {
      learned.error = toGatewayError(thrown);
      // What was not tried is not given up, whatever its receives.
      return !isUntried(learned) && (await giveUp(record, learned.error)) ? 'dead_lettered' : 'returned';
    }
  };
}

const nothing = async (): Promise<void> => undefined;
const unclaimed: Claim = { kind: 'claimed', release: nothing, markSent: nothing, keepUnsent: nothing };

/** The other one will have finished or been stopped by then; it is looked at earlier, for most are quick. */
function createBusyError(restMs: number, { receiveCount }: QueueRecord): GatewayError {
  const message = 'The same message is being answered in another invocation';
  const retryAfterSeconds = Math.max(1, Math.min(Math.ceil(restMs / 1_000), 5 * receiveCount));
  return new GatewayError('service_unavailable', message, { retryAfterSeconds });
}

function createUpstreamCall({ messageId }: QueueRecord, { signal, deadlineMs }: HandleCall, learned: MessageRecord) {
  return {
    requestId: messageId,
    signal,
    deadlineMs,
    onAttempt: () => (learned.attempts += 1),
    onUpstream: (name: string) => (learned.upstream = name),
    onFallback: (fallback: NonNullable<MessageRecord['fallbacks']>[number]) =>
      (learned.fallbacks ??= []).push(fallback),
  };
}
