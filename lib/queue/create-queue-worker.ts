// Wires the queue worker from its ports: for the function, for the simulation and for the tests.
import type { Upstream } from '../core/completion.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { MessageQueues } from '../core/message-queues.ts';
import type { ModelCatalog } from '../core/models.ts';
import type { ObjectStore } from '../core/object-store.ts';
import type { StateTable } from '../core/state-table.ts';
import type { HandleBatch } from '../core/delivery.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createHandleMessage } from './handle-message.ts';
import { createKnownResults } from './known-results.ts';
import { createPace } from './pace.ts';
import { createProcessBatch } from './process-batch.ts';
import { createSendResult } from './results.ts';
import { withPace } from './with-pace.ts';

export interface QueueWorkerPorts {
  /** Asked once for each text, without retries of its own. */
  readonly upstream: Upstream;
  readonly queues: MessageQueues;
  /** Where claims and results that are not sent yet are kept. All processes that serve one queue share it. */
  readonly table: StateTable;
  /** Where results go that are too large for the results queue. Undefined: they become failed results. */
  readonly bucket: { readonly name: string; readonly objects: ObjectStore } | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export interface QueueWorkerSettings {
  readonly models: ModelCatalog;
  readonly resultsQueueUrl: string;
  /** Least time between the starts of two upstream calls of this process; 0 for no limit. */
  readonly paceIntervalMs: number;
  /** How many processes share the upstream's quota. */
  readonly maximumConcurrency: number;
}

/** Creates the handler of batches. A process has one for as long as it lives, because the pace is kept in it. */
export function createQueueWorker(ports: QueueWorkerPorts, settings: QueueWorkerSettings): HandleBatch {
  const { upstream, queues, table, bucket, clock, log } = ports;
  const { models, resultsQueueUrl, paceIntervalMs, maximumConcurrency } = settings;
  const pace = createPace({ intervalMs: paceIntervalMs, sandboxes: maximumConcurrency, clock });
  const handleMessage = createHandleMessage({
    models,
    upstream: withPace(upstream, { pace, clock }),
    knownResults: createKnownResults(table, clock),
    deadLetters: createDeadLetters(queues, clock),
    sendResult: createSendResult({ queues, queueUrl: resultsQueueUrl, bucket }),
    queues,
    clock,
    log,
  });
  return createProcessBatch({ handleMessage, queues, pace, clock, log });
}
