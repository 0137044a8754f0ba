// Wires the function behind the request queue. Nothing here does I/O; the first batch does.
import { createMessageQueues } from '../aws/message-queues.ts';
import { createObjectStore } from '../aws/object-store.ts';
import { createSecretStore } from '../aws/secret-store.ts';
import { createStateTable } from '../aws/state-table.ts';
import type { QueueWorkerConfig } from '../config/shape.ts';
import { systemClock as clock } from '../core/clock.ts';
import { createLogger } from '../core/log.ts';
import { createMemoryStateTable } from '../core/memory-state-table.ts';
import { createModelCatalog } from '../core/models.ts';
import type { HandleBatch } from '../core/delivery.ts';
import { createQueueWorker } from '../queue/create-queue-worker.ts';
import { createUpstreams } from './create-upstreams.ts';

/** Wires the queue worker to AWS. Without a state table, each sandbox remembers only its own messages. */
export function createQueueWorkerApp(config: QueueWorkerConfig): HandleBatch {
  const { resultsBucket, stateTable } = config;
  const log = createLogger(config.logLevel, config.serviceName);
  const ports = {
    upstream: createUpstreams(config, createSecretStore(), log).upstream,
    queues: createMessageQueues(),
    table: stateTable === undefined ? createMemoryStateTable(clock) : createStateTable(stateTable),
    bucket:
      resultsBucket === undefined ? undefined : { name: resultsBucket, objects: createObjectStore(resultsBucket) },
    clock,
    log,
  };
  return createQueueWorker(ports, { ...config, models: createModelCatalog(config.models) });
}
