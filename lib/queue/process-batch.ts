// A batch of messages: some at a time, in order where there is one, and what has to come back with a time to come back.
import { GatewayError } from '../errors.ts';
import type { HandleBatch, QueueRecord } from '../lambda/sqs-batch.ts';
import type { Clock } from '../platform/clock.ts';
import { describeError } from '../platform/logger.ts';
import type { Log } from '../platform/logger.ts';
import type { MessageQueues } from '../platform/message-queue.ts';
import { computeBackoffSeconds } from './backoff.ts';
import { isRateLimit } from './disposition.ts';
import type { HandleMessage } from './handle-message.ts';
import { logMessage } from './message-record.ts';
import type { DeliveryEnd, MessageRecord } from './message-record.ts';
import type { Pace } from './pace.ts';

/** Messages answered at a time. */
const concurrency = 5;

export interface ProcessOptions {
  readonly handleMessage: HandleMessage;
  readonly queues: MessageQueues;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the handler of batches. It never rejects for what happens to a message. */
export function createProcessBatch({ handleMessage, queues, pace, clock, log }: ProcessOptions): HandleBatch {
  const handle = async (record: QueueRecord, call: { signal: AbortSignal; deadlineMs: number }): Promise<Handled> => {
    const learned: MessageRecord = { attempts: 0 };
    const startedAtMs = clock.now();
    const end = await handleMessage(record, call, learned);
    logMessage(log, record, learned, { end, startedAtMs, endedAtMs: clock.now() });
    return { end, learned };
  };

  const hide = async (returned: readonly Returned[]): Promise<void> => {
    const [first] = returned;
    if (first === undefined) return;
    const seconds = new Map(returned.map(({ record, seconds: rest }) => [record.receiptHandle, rest]));
    try {
      const failed = await queues.hide(await queues.findUrl(first.record.queueArn), seconds);
      if (failed > 0) log('warn', 'messages come back at the time their queue sets', { messages: failed });
    } catch (error) {
      log('warn', 'messages come back at the time their queue sets', { cause: describeError(error) });
    }
  };

  return async (records, deadlineMs) => {
    const controller = new AbortController();
    const ended = new AbortController();
    const watch = clock.sleep(Math.max(0, deadlineMs - clock.now()), ended.signal).then(
      () => controller.abort(new GatewayError('deadline_exceeded', 'The function reached its deadline')),
      () => undefined,
    );
    const lanes = formLanes(records);
    const returned: Returned[] = [];
    const giveBack = (record: QueueRecord, error: GatewayError | undefined, isTried: boolean): void => {
      // Who has run out of time without being tried has no failure to wait for.
      const receiveCount = !isTried && isOutOfTime(error) ? 1 : record.receiveCount;
      returned.push({ record, seconds: computeBackoffSeconds(receiveCount, clock.random(), error?.retryAfterSeconds) });
    };
    /** Why no further message is begun. */
    let stop: GatewayError | undefined;
    let limitsInARow = 0;
    /** A limit that goes on backs off the whole batch; a passing one only costs those whom it meets. */
    const judge = ({ attempts, error }: MessageRecord): void => {
      if (isOutOfTime(error)) stop ??= error;
      if (attempts === 0) return;
      limitsInARow = error !== undefined && isRateLimit(error) ? limitsInARow + 1 : 0;
      if (limitsInARow < concurrency || error === undefined) return;
      stop ??= error;
      pace.dismiss(error);
    };

    const work = async (): Promise<void> => {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        let heldBackBy: GatewayError | undefined;
        for (const record of lane) {
          const reason = stop ?? heldBackBy;
          if (reason !== undefined) {
            const nowMs = clock.now();
            const unbegun: MessageRecord = { attempts: 0, error: reason };
            logMessage(log, record, unbegun, { end: 'returned', startedAtMs: nowMs, endedAtMs: nowMs });
            giveBack(record, reason, false);
            continue;
          }
          const { end, learned } = await handle(record, { signal: controller.signal, deadlineMs });
          judge(learned);
          if (end !== 'returned') continue;
          giveBack(record, learned.error, learned.attempts > 0);
          heldBackBy = learned.error;
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, work));
      await hide(returned);
      await pace.settle(deadlineMs, controller.signal).catch(() => undefined);
    } finally {
      ended.abort();
      await watch;
    }
    return returned.map(({ record }) => record.messageId);
  };
}

interface Handled {
  readonly end: DeliveryEnd;
  readonly learned: MessageRecord;
}

interface Returned {
  readonly record: QueueRecord;
  readonly seconds: number;
}

/**
 * One lane for each message group, whose order is kept, and one for each body: of the same message twice the second
 * waits for the first. What has been received most often comes first, for it has the fewest tries left.
 */
function formLanes(records: readonly QueueRecord[]): (readonly QueueRecord[])[] {
  const lanes = [...Map.groupBy(records, ({ groupId, body }) => groupId ?? `\0${body}`).values()];
  const mostReceives = (lane: readonly QueueRecord[]): number => Math.max(...lane.map((record) => record.receiveCount));
  return lanes.toSorted((a, b) => mostReceives(b) - mostReceives(a));
}

function isOutOfTime(error: GatewayError | undefined): boolean {
  return error?.code === 'deadline_exceeded';
}
