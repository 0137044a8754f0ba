// The worker as lib/app wires it, with doubles at its ports.
import type { Upstream } from '../../../lib/core/completion.ts';
import type { Delivery, HandleBatch } from '../../../lib/core/delivery.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { QueueTraits } from '../../../lib/core/message-queues.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createQueueWorker } from '../../../lib/queue/create-queue-worker.ts';
import { createRecordingTable } from '../../doubles/create-recording-table.ts';
import { requestsArn } from '../../doubles/create-delivery.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogRecorder } from '../../doubles/create-log-recorder.ts';
import { createRecordingQueues } from '../../doubles/create-recording-queues.ts';
import type { RecordingQueues } from '../../doubles/create-recording-queues.ts';
import { createScriptedUpstream } from '../../doubles/create-scripted-upstream.ts';
import type { Answer } from '../../doubles/create-scripted-upstream.ts';
import { createSteppingClock } from '../../doubles/create-stepping-clock.ts';
import type { SteppingClock } from '../../doubles/create-stepping-clock.ts';

export interface WorkerOptions<U extends Upstream, T extends StateTable> {
  readonly upstream?: U;
  readonly table?: T;
  /** Default: with a dead-letter queue, and 5 receives at most. */
  readonly queues?: RecordingQueues;
  readonly clock?: SteppingClock;
  /** Default: results. */
  readonly resultsQueue?: string;
  readonly intervalMs?: number;
}

export interface Worker<U, T> {
  readonly upstream: U;
  readonly table: T;
  readonly queues: RecordingQueues;
  readonly clock: SteppingClock;
  readonly lines: LogRecorder['lines'];
  /** Handles a batch without moving the clock. */
  readonly handleBatch: HandleBatch;
  /** Handles a batch to its end; returns the messages that come back. Default: 115 s, as deployed. */
  deliver(deliveries: readonly Delivery[], timeMs?: number): Promise<readonly string[]>;
  /** How each delivery ended so far, as the log tells it: `<message id> <end>`. */
  ends(): readonly string[];
}

export const deadLetterTraits: Readonly<Record<string, Partial<QueueTraits>>> = {
  requests: { redrive: { deadLetterQueueArn: `${requestsArn}-dead-letter`, maxReceives: 5 } },
};

export function createWorker<
  U extends Upstream = ReturnType<typeof createScriptedUpstream>,
  T extends StateTable = ReturnType<typeof createRecordingTable>,
>(options: WorkerOptions<U, T> = {}): Worker<U, T> {
  const {
    upstream = createScriptedUpstream() as Upstream as U,
    queues = createRecordingQueues({ traits: deadLetterTraits }),
    clock = createSteppingClock(),
    resultsQueue = 'results',
    intervalMs = 0,
  } = options;
  const { table = createRecordingTable(clock) as StateTable as T } = options;
  const { log, lines } = createLogRecorder();
  const handleBatch = createQueueWorker(
    { upstream, queues, table, bucket: undefined, clock, log },
    {
      models: createModelCatalog({}),
      resultsQueueUrl: `https://sqs.test/${resultsQueue}`,
      paceIntervalMs: intervalMs,
      maximumConcurrency: 1,
    },
  );
  return {
    upstream,
    table,
    queues,
    clock,
    lines,
    handleBatch,
    deliver: (deliveries, timeMs = 115_000) => clock.run(handleBatch(deliveries, clock.now() + timeMs)),
    ends: () =>
      lines
        .filter(({ message }) => message === 'message')
        .map(({ fields }) => `${String(fields['message_id'])} ${String(fields['end'])}`),
  };
}

/** A worker whose upstream takes so long for each answer. */
export function createSlowWorker(durationMs: number, answer: Answer = () => undefined) {
  const clock = createSteppingClock();
  let running = 0;
  let mostRunning = 0;
  const upstream = createScriptedUpstream(async (...call) => {
    mostRunning = Math.max(mostRunning, (running += 1));
    try {
      await clock.sleep(durationMs, call[2].signal);
      return await answer(...call);
    } finally {
      running -= 1;
    }
  });
  return { ...createWorker({ clock, upstream }), mostRunning: () => mostRunning };
}
