// Watches the lines that have been sent and have no result, and finds out what has become of them.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchError } from './batch-error.ts';
import type { Connection } from './connect.ts';
import { recordDeadLetters } from './dead-letters.ts';
import type { Ledger } from './ledger.ts';

export interface WatchTask {
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** Shows a notice to the user. */
  readonly say: (notice: string) => void;
  readonly timing?: WatchTiming;
}

export interface WatchTiming {
  /** How often it is checked whether something is due. */
  readonly tickMs: number;
  /** The time from the last result to the first look into the dead-letter queue. It doubles after each look. */
  readonly firstLookMs: number;
  /** The longest time between two looks, also while results are coming. */
  readonly longestLookMs: number;
  /** The time without a result after which the messages left in the request queue are counted. */
  readonly stallMs: number;
}

export const watchTiming: WatchTiming = {
  tickMs: 500,
  firstLookMs: 3_000,
  longestLookMs: 60_000,
  stallMs: 60_000,
};

export interface WatchState {
  /** The time of the last result, or of the beginning. */
  readonly arrivedMs: number;
  readonly lookedMs: number;
  /** Looks since the last result. */
  readonly idleLooks: number;
}

/** Whether it is time to look into the dead-letter queue. */
export function isLookDue(state: WatchState, nowMs: number, timing: WatchTiming = watchTiming): boolean {
  const { arrivedMs, lookedMs, idleLooks } = state;
  const idleWaitMs = Math.min(timing.firstLookMs * 2 ** idleLooks, timing.longestLookMs);
  return nowMs - Math.max(arrivedMs, lookedMs) >= idleWaitMs || nowMs - lookedMs >= timing.longestLookMs;
}

/**
 * Records dead letters, from time to time while results are coming, and soon when they stop. When nothing has come for a
 * minute, it counts the messages left in the request queue and shows a notice.
 *
 * Resolves when the signal aborts.
 *
 * @throws BatchError when the queue was empty twice in a row. The outstanding lines are then marked as not sent.
 */
export async function watchOutstanding(task: WatchTask): Promise<void> {
  const { ledger, connection, signal, say, timing = watchTiming } = task;
  const startedMs = performance.now();
  let state: WatchState = { arrivedMs: startedMs, lookedMs: startedMs, idleLooks: 0 };
  let arrived = 0;
  let emptyLooks = 0;
  let isTold = false;
  while (await tick(timing.tickMs, signal)) {
    const { succeeded, failed, outstanding } = ledger.counts;
    if (succeeded + failed > arrived || outstanding === 0) {
      arrived = succeeded + failed;
      state = { ...state, arrivedMs: performance.now(), idleLooks: 0 };
      emptyLooks = 0;
      isTold = false;
    }
    if (outstanding === 0 || !isLookDue(state, performance.now(), timing)) continue;
    await recordDeadLetters(ledger, connection, signal);
    state = { ...state, lookedMs: performance.now(), idleLooks: state.idleLooks + 1 };
    if (signal.aborted || performance.now() - state.arrivedMs < timing.stallMs) continue;
    const left = await countRequests(connection);
    emptyLooks = left === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) await giveUp(ledger);
    if (!isTold)
      say(`Nothing has come for a while; ${countLines(ledger)} wait for results, and ${left} messages for the worker`);
    isTold = true;
  }
}

/** Whether to go on. */
async function tick(tickMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(tickMs, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Counts the messages that the worker has, will try again later or has not received yet. */
async function countRequests({ sqs, requests }: Connection): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: requests.url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

async function giveUp(ledger: Ledger): Promise<never> {
  const lines = countLines(ledger);
  await ledger.markLost();
  throw new BatchError(
    `${lines} were sent and have no result, and no message of them is left in the queues: a restart of the local run ` +
      'empties them, and so does someone else who takes our results. They count as not sent now',
    1,
  );
}

function countLines({ counts: { outstanding } }: Ledger): string {
  return `${outstanding} ${outstanding === 1 ? 'line' : 'lines'}`;
}
