// One delivery of one message, from the claim to the result.
import { observeInto } from '../core/call-record.ts';
import type { UpstreamCall } from '../core/completion.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Delivery } from '../core/delivery.ts';
import { describeError } from '../core/log.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { MessageQueues } from '../core/message-queues.ts';
import { decodeQueueMessage } from '../dialects/queue/message.ts';
import { answerMessage } from './answer-message.ts';
import type { MessageOptions } from './answer-message.ts';
import type { DeadLetters } from './dead-letters.ts';
import { identifyMessage } from './known-results.ts';
import type { Claim, Closing, KnownResults, MessageIdentity } from './known-results.ts';
import { isUntried } from './delivery-record.ts';
import type { DeliveryEnd, DeliveryRecord } from './delivery-record.ts';
import type { SendResult } from './results.ts';

export interface HandleOptions extends MessageOptions {
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

export type HandleMessage = (delivery: Delivery, call: HandleCall, record: DeliveryRecord) => Promise<DeliveryEnd>;

/**
 * Creates what handles a message. A result is sent before the message is deleted, so that the next delivery can go on if
 * this process dies in between. When it resolves to `returned`, the message is to be delivered again for the reason in
 * `record.error`. It never rejects.
 */
export function createHandleMessage(options: HandleOptions): HandleMessage {
  const { knownResults, deadLetters, sendResult, queues, clock, log } = options;

  /** Does what may fail: then something may be done twice, but nothing is lost. A failure is logged. */
  const attempt = async (what: string, { messageId }: Delivery, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log('warn', what, { message_id: messageId, cause: describeError(error) });
    }
  };
  /** A table that cannot be reached must not stop the queue. Meanwhile a duplicate may be answered twice. */
  const claimOrGoOn = async (identity: MessageIdentity, delivery: Delivery, { signal, deadlineMs }: HandleCall) => {
    let claim: Claim | undefined;
    await attempt('known results cannot be used', delivery, async () => {
      claim = await knownResults.claim(identity, delivery, { untilMs: deadlineMs + stoppedAfterMs, deadlineMs });
    });
    if (signal.aborted && (claim?.kind === 'claimed' || claim?.kind === 'unsent')) {
      await attempt('claim was not released', delivery, claim.release);
    }
    signal.throwIfAborted();
    return claim ?? unclaimed;
  };
  const keepUnsent = async (delivery: Delivery, claim: Closing, result: string): Promise<void> => {
    const what = 'result was not kept: the message is answered anew';
    let isKept = true;
    await attempt(what, delivery, async () => {
      isKept = await claim.keepUnsent(result);
    });
    if (!isKept) log('warn', what, { message_id: delivery.messageId, reason: 'it is too long for the state table' });
  };
  /** Lambda deletes messages only when the batch ends. If this process died before, they would be delivered again. */
  const acknowledge = (delivery: Delivery): Promise<void> =>
    attempt('message was not deleted at once', delivery, async () =>
      queues.remove(await queues.findUrl(delivery.queueArn), delivery.receiptHandle),
    );

  const answer = async (delivery: Delivery, call: HandleCall, record: DeliveryRecord): Promise<DeliveryEnd> => {
    const identity = identifyMessage(delivery);
    const message = decodeQueueMessage(delivery.body);
    const id = message.id ?? delivery.messageId;
    record.id = id;
    record.form = message.form;

    // A message that is not valid needs no claim, because it calls no upstream.
    const isValid = !(message.content instanceof GatewayError);
    const claim = isValid ? await claimOrGoOn(identity, delivery, call) : unclaimed;
    if (claim.kind === 'busy') throw createBusyError(claim.untilMs - clock.now(), delivery);
    if (claim.kind === 'sent') {
      await acknowledge(delivery);
      return 'duplicate';
    }
    const release = (): Promise<void> => attempt('claim was not released', delivery, claim.release);
    let body: string;
    if (claim.kind === 'unsent') {
      body = claim.result;
    } else {
      try {
        body = await answerMessage(message, id, createUpstreamCall(delivery, call, record), record, options);
      } catch (error) {
        await release();
        throw error;
      }
    }
    const refusal = record.error;
    try {
      await sendResult({ message, id, body, refusal, delivery, identity: identity.name });
    } catch (error) {
      // Failures are not remembered: when the same message is sent again, it is tried again.
      if (refusal !== undefined) await release();
      else await keepUnsent(delivery, claim, body);
      throw error;
    }
    const close = refusal === undefined ? attempt('result was not noted as sent', delivery, claim.markSent) : release();
    await Promise.all([acknowledge(delivery), close]);
    return refusal === undefined ? 'succeeded' : 'failed';
  };

  const giveUp = async (delivery: Delivery, error: GatewayError): Promise<boolean> => {
    let isTaken = false;
    // If this fails, SQS moves the message at the next receive.
    await attempt('message was not moved to the dead-letter queue', delivery, async () => {
      isTaken = await deadLetters.take(delivery, error);
    });
    if (isTaken) await acknowledge(delivery);
    return isTaken;
  };

  return async (delivery, call, record) => {
    try {
      return await answer(delivery, call, record);
    } catch (thrown) {
      record.error = toGatewayError(thrown);
      // A message that was not tried is not given up, however often it was received.
      return !isUntried(record) && (await giveUp(delivery, record.error)) ? 'dead_lettered' : 'returned';
    }
  };
}

const nothing = async (): Promise<void> => undefined;
/** What a message goes on with when it cannot be claimed, or need not be: nothing is remembered of it. */
const unclaimed: Claim = { kind: 'claimed', release: nothing, markSent: nothing, keepUnsent: async () => true };

/** In `restMs` the other invocation will have ended. Most answers are quick, so the message may come back earlier. */
function createBusyError(restMs: number, { receiveCount }: Delivery): GatewayError {
  const message = 'The same message is being answered in another invocation';
  const retryAfterSeconds = Math.max(1, Math.min(Math.ceil(restMs / 1_000), 5 * receiveCount));
  return new GatewayError('service_unavailable', message, { retryAfterSeconds });
}

function createUpstreamCall(
  { messageId }: Delivery,
  { signal, deadlineMs }: HandleCall,
  record: DeliveryRecord,
): UpstreamCall {
  return {
    requestId: messageId,
    signal,
    deadlineMs,
    observer: observeInto(record),
  };
}
