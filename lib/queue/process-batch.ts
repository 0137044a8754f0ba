// Processes a batch: five messages at a time at most, each FIFO group in its order, and a visibility timeout for each
// message that comes back.
import { errorTable, GatewayError } from '../core/errors.ts';
import type { Delivery, HandleBatch } from '../core/delivery.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import type { MessageQueues } from '../core/message-queues.ts';
import { computeBackoffSeconds } from './backoff.ts';
import type { HandleMessage } from './handle-message.ts';
import { logMessage } from './delivery-record.ts';
import type { DeliveryEnd, DeliveryRecord } from './delivery-record.ts';
import type { Pace } from './pace.ts';

/** How many messages are answered at a time. */
const concurrency = 5;

export interface ProcessOptions {
  readonly handleMessage: HandleMessage;
  readonly queues: MessageQueues;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the handler of batches. Whatever happens to a message, it does not reject. */
export function createProcessBatch({ handleMessage, queues, pace, clock, log }: ProcessOptions): HandleBatch {
  const handle = async (delivery: Delivery, call: { signal: AbortSignal; deadlineMs: number }): Promise<Handled> => {
    const record: DeliveryRecord = { attempts: 0 };
    const startedAtMs = clock.now();
    const end = await handleMessage(delivery, call, record);
    logMessage(log, delivery, record, { end, startedAtMs, endedAtMs: clock.now() });
    return { end, record };
  };

  const setVisibility = async (returned: readonly Returned[]): Promise<void> => {
    const [first] = returned;
    if (first === undefined) return;
    const seconds = new Map(returned.map(({ delivery, seconds: rest }) => [delivery.receiptHandle, rest]));
    try {
      const failed = await queues.changeVisibility(await queues.findUrl(first.delivery.queueArn), seconds);
      if (failed > 0)
        log('warn', 'visibility timeouts not set: messages come back when their queue says', { messages: failed });
    } catch (error) {
      log('warn', 'visibility timeouts not set: messages come back when their queue says', {
        cause: describeError(error),
      });
    }
  };

  /** Aborts at the deadline with the error that is reported of the messages that are cut. */
  const createDeadlineSignal = (deadlineMs: number): AbortSignal => {
    const controller = new AbortController();
    const error = new GatewayError('deadline_exceeded', 'The function reached its deadline');
    const timeout = clock.timeout(deadlineMs - clock.now());
    timeout.addEventListener('abort', () => controller.abort(error), { once: true });
    return controller.signal;
  };

  return async (deliveries, deadlineMs) => {
    const signal = createDeadlineSignal(deadlineMs);
    const lanes = formLanes(deliveries);
    const returned: Returned[] = [];
    const giveBack = (delivery: Delivery, error: GatewayError | undefined, isTried: boolean): void => {
      // A message for which there was no time has not failed, so it gets the shortest pause.
      const receiveCount = !isTried && isOutOfTime(error) ? 1 : delivery.receiveCount;
      returned.push({
        delivery,
        seconds: computeBackoffSeconds(receiveCount, clock.random(), error?.retryAfterSeconds),
      });
    };
    /** Why no further message is begun. */
    let stop: GatewayError | undefined;
    let limitsInARow = 0;
    /** After five limits in a row the rest of the batch comes back untried. A single limit costs only its own message. */
    const judge = ({ attempts, error }: DeliveryRecord): void => {
      if (isOutOfTime(error)) stop ??= error;
      if (attempts === 0) return;
      limitsInARow =
        error !== undefined && errorTable[error.code].disposition === 'rate_limited' ? limitsInARow + 1 : 0;
      if (limitsInARow < concurrency || error === undefined) return;
      stop ??= error;
      pace.dismiss(error);
    };

    const work = async (): Promise<void> => {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        let heldBackBy: GatewayError | undefined;
        for (const delivery of lane) {
          const reason = stop ?? heldBackBy;
          if (reason !== undefined) {
            const nowMs = clock.now();
            const unbegun: DeliveryRecord = { attempts: 0, error: reason };
            logMessage(log, delivery, unbegun, { end: 'returned', startedAtMs: nowMs, endedAtMs: nowMs });
            giveBack(delivery, reason, false);
            continue;
          }
          const { end, record } = await handle(delivery, { signal, deadlineMs });
          judge(record);
          if (end !== 'returned') continue;
          giveBack(delivery, record.error, record.attempts > 0);
          heldBackBy = record.error;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, work));
    await setVisibility(returned);
    await pace.settle(deadlineMs, signal);
    return returned.map(({ delivery }) => delivery.messageId);
  };
}

interface Handled {
  readonly end: DeliveryEnd;
  readonly record: DeliveryRecord;
}

interface Returned {
  readonly delivery: Delivery;
  readonly seconds: number;
}

/**
 * Forms one lane for each message group, to keep its order, and one for each body, so that of two equal messages the
 * second waits for the first. The lane with the message that was received most often comes first: it has the fewest
 * tries left.
 */
function formLanes(deliveries: readonly Delivery[]): (readonly Delivery[])[] {
  const lanes = [...Map.groupBy(deliveries, ({ groupId, body }) => groupId ?? `\0${body}`).values()];
  const mostReceives = (lane: readonly Delivery[]): number =>
    Math.max(...lane.map((delivery) => delivery.receiveCount));
  return lanes.toSorted((a, b) => mostReceives(b) - mostReceives(a));
}

function isOutOfTime(error: GatewayError | undefined): boolean {
  return error?.code === 'deadline_exceeded';
}
