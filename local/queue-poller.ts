// Polls a queue and invokes the worker with what it receives: what Lambda's SQS event source is to the deployed function.
import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '@aws-sdk/client-sqs';
import { findFailedMessages } from './batch-response.ts';
import { formatFailure } from './function-failure.ts';
import type { FunctionIdentity } from './lambda-context.ts';
import { invokeBuffered } from './lambda-runtime.ts';
import type { BufferedHandler } from './lambda-runtime.ts';
import { createRequestQueue } from './request-queue.ts';
import type { LocalQueue } from './seed-queues.ts';
import { createSqsEvent } from './sqs-event.ts';
import { describeReason } from './startup-error.ts';

export interface QueuePollerOptions extends FunctionIdentity {
  readonly queue: LocalQueue;
  readonly handler: BufferedHandler;
  /** Most batches at a time. Default: 2, the least that an event source can be limited to. */
  readonly maximumConcurrency?: number;
  /** How long it waits after a call to the queue has failed. Default: 1000. */
  readonly retryPauseMs?: number;
  /**
   * Whether close() cuts polls under way instead of waiting for them, up to a second. Default: false, for most emulators
   * hand messages to a poll whose caller has gone.
   */
  readonly cutsPolls?: boolean;
  /** How long batches under way may go on after close(). Default: 1500. */
  readonly closeGraceMs?: number;
  /** Told of failed batches, and of outages of the queue. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface QueuePoller {
  /**
   * Stops polling and gives batches under way a moment to finish; one that does not finish comes back after the queue's
   * visibility timeout. What was received but not handed to the function is visible again at once.
   */
  close(): Promise<void>;
}

/** An emulator that knows no long polling answers at once; it is not asked without pause. */
const emptyPauseMs = 50;

/**
 * Starts polling. Batches have up to 10 messages, whatever their size; there is no batch window, and failures of the
 * function do not slow the polling down. Messages of a batch that failed as a whole, and those that the response names,
 * are left to the queue's visibility timeout; the others are deleted.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startQueuePoller(options: QueuePollerOptions): QueuePoller {
  const { queue, maximumConcurrency = 2, retryPauseMs = 1_000, closeGraceMs = 1_500, log = console.error } = options;
  const calls = createRequestQueue(queue.url);
  const outage = createOutageLog(queue, log);
  const stop = new AbortController();
  const cut = new AbortController();

  const pollOnce = async (): Promise<void> => {
    const messages = await calls.receive(cut.signal);
    outage.end();
    if (messages.length === 0) return pause(emptyPauseMs, stop.signal);
    if (stop.signal.aborted) return calls.giveBack(messages);
    const done = await invoke(messages, { ...options, log });
    if (done.length > 0) await calls.remove(done);
  };
  const poll = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await pollOnce();
      } catch (error) {
        if (!cut.signal.aborted) outage.begin(error);
        await pause(retryPauseMs, stop.signal);
      }
    }
  };
  const polls = Promise.all(Array.from({ length: maximumConcurrency }, poll));
  return {
    close: async () => {
      stop.abort();
      if (options.cutsPolls === true) cut.abort();
      const finished = new AbortController();
      await Promise.race([polls, pause(closeGraceMs, finished.signal)]);
      finished.abort();
      cut.abort();
      calls.close();
    },
  };
}

/** Invokes the function and returns the messages that are done with. */
async function invoke(
  messages: readonly Message[],
  { queue, handler, log, ...identity }: QueuePollerOptions & { readonly log: (line: string) => void },
): Promise<readonly Message[]> {
  try {
    const returned = await invokeBuffered(handler, createSqsEvent(messages, queue.arn), identity);
    const failed = findFailedMessages(returned, new Set(messages.map(({ MessageId = '' }) => MessageId)));
    if (failed !== undefined) return messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    log(`${identity.functionName} failed: its response is not one to this batch`);
  } catch (error) {
    log(formatFailure(identity.functionName, error));
  }
  return [];
}

/** Reports the beginning and the end of an outage, but not each call that fails in between. */
function createOutageLog({ arn }: LocalQueue, log: (line: string) => void) {
  const name = arn.split(':').at(-1);
  let isOut = false;
  return {
    begin: (error: unknown): void => {
      if (!isOut) log(`queue ${name} cannot be used: ${describeReason(error)}; polling goes on`);
      isOut = true;
    },
    end: (): void => {
      if (isOut) log(`queue ${name} can be used again`);
      isOut = false;
    },
  };
}

/** Waits, but not beyond the signal. */
async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  // Its only rejection is that of the signal.
  await delay(timeMs, undefined, { signal }).catch(() => undefined);
}
