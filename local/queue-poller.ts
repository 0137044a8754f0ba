// Polls a queue and invokes the worker with the messages, as Lambda's SQS event source does for the deployed function.
import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '@aws-sdk/client-sqs';
import { findFailedMessages } from './batch-response.ts';
import { formatFailure } from './function-failure.ts';
import type { FunctionIdentity } from './lambda-context.ts';
import { invokeBuffered } from './lambda-runtime.ts';
import type { BufferedHandler } from './lambda-runtime.ts';
import { createEventSourceQueue } from './event-source-queue.ts';
import type { LocalQueue } from './seed-queues.ts';
import { createSqsEvent } from './sqs-event.ts';
import { describeReason } from './startup-error.ts';

export interface QueuePollerOptions extends FunctionIdentity {
  readonly queue: LocalQueue;
  readonly handler: BufferedHandler;
  /** The most batches at a time. Default: 2, the lowest limit that an event source can have. */
  readonly maximumConcurrency?: number;
  /** How long it waits after a call to the queue has failed. Default: 1000. */
  readonly retryPauseMs?: number;
  /**
   * Whether close() aborts running polls instead of waiting for them, up to a second. Default: false, because most
   * emulators hand messages to a poll even after its caller has left.
   */
  readonly cutsPolls?: boolean;
  /** How long running batches may go on after close(). Default: 1500. */
  readonly closeGraceMs?: number;
  /** Receives a line for each failed batch, and for the beginning and end of an outage of the queue. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface QueuePoller {
  /**
   * Stops polling and gives running batches a moment to finish. The messages of a batch that does not finish return after the
   * queue's visibility timeout. Messages that were received but not handed to the function become visible at once.
   */
  close(): Promise<void>;
}

/** The pause after an empty answer, for emulators that do not support long polling and answer at once. */
const emptyPauseMs = 50;

/**
 * Starts polling. A batch has up to 10 messages of any size. There is no batch window, and failures of the function do
 * not slow the polling down. If a whole batch failed, none of its messages is deleted; otherwise all are deleted except
 * those that the response names as failed. The others return after the queue's visibility timeout.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startQueuePoller(options: QueuePollerOptions): QueuePoller {
  const { queue, maximumConcurrency = 2, retryPauseMs = 1_000, closeGraceMs = 1_500, log = console.error } = options;
  const calls = createEventSourceQueue(queue.url);
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
    log(`${identity.functionName} failed: its response does not fit this batch`);
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

/** Waits, but returns early when the signal aborts. */
async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  // It rejects only when the signal aborts.
  await delay(timeMs, undefined, { signal }).catch(() => undefined);
}
