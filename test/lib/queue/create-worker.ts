// The worker as lib/app wires it, with doubles at its ports.
import type { Upstream } from '../../../lib/core/completion.ts';
import type { Delivery, HandleBatch } from '../../../lib/core/delivery.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { ObjectStore } from '../../../lib/core/object-store.ts';
import type { QueueTraits } from '../../../lib/core/message-queues.ts';
import { createDeadLetters } from '../../../lib/queue/dead-letters.ts';
import { createHandleMessage } from '../../../lib/queue/handle-message.ts';
import { createKnownResults } from '../../../lib/queue/known-results.ts';
import { createPace, withPace } from '../../../lib/queue/pace.ts';
import { createProcessBatch } from '../../../lib/queue/process-batch.ts';
import { createSendResult } from '../../../lib/queue/results.ts';
import { requestsArn } from '../../support/create-delivery.ts';
import { createLogRecorder } from '../../support/create-log-recorder.ts';
import type { LogRecorder } from '../../support/create-log-recorder.ts';
import { createRecordingQueues } from '../../support/create-recording-queues.ts';
import type { RecordingQueues } from '../../support/create-recording-queues.ts';
import { createRecordingStore } from '../../support/create-recording-store.ts';
import { createScriptedUpstream } from '../../support/create-scripted-upstream.ts';
import type { Answer } from '../../support/create-scripted-upstream.ts';
import { createSteppingClock } from '../../support/create-stepping-clock.ts';
import type { SteppingClock } from '../../support/create-stepping-clock.ts';

export interface WorkerOptions<U extends Upstream, S extends ObjectStore> {
  readonly upstream?: U;
  readonly store?: S;
  /** Default: with a dead-letter queue, and 5 receives at most. */
  readonly queues?: RecordingQueues;
  readonly clock?: SteppingClock;
  /** Default: results. */
  readonly resultsQueue?: string;
  /** Whether oversized results have a place. Default: yes. */
  readonly hasBucket?: boolean;
  readonly intervalMs?: number;
}

export interface Worker<U, S> {
  readonly upstream: U;
  readonly store: S;
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
  S extends ObjectStore = ReturnType<typeof createRecordingStore>,
>(options: WorkerOptions<U, S> = {}): Worker<U, S> {
  const {
    upstream = createScriptedUpstream() as Upstream as U,
    store = createRecordingStore() as ObjectStore as S,
    queues = createRecordingQueues({ traits: deadLetterTraits }),
    clock = createSteppingClock(),
    resultsQueue = 'results',
    hasBucket = true,
    intervalMs = 0,
  } = options;
  const { log, lines } = createLogRecorder();
  const pace = createPace({ intervalMs, sandboxes: 1, clock });
  const handleMessage = createHandleMessage({
    models: createModelCatalog({}),
    upstream: withPace(upstream, { pace, clock }),
    knownResults: createKnownResults(store, clock),
    deadLetters: createDeadLetters(queues, clock),
    sendResult: createSendResult({
      queues,
      queueUrl: `https://sqs.test/${resultsQueue}`,
      bucket: hasBucket ? { name: 'bucket', objects: store } : undefined,
    }),
    queues,
    clock,
    log,
  });
  const handleBatch = createProcessBatch({ handleMessage, queues, pace, clock, log });
  return {
    upstream,
    store,
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
