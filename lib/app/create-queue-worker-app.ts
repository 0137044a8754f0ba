// Wires the function behind the request queue. Nothing here does I/O; the first batch does.
import type { QueueWorkerConfig } from '../config/shape.ts';
import type { HandleBatch } from '../core/delivery.ts';
import { createModelCatalog } from '../core/models.ts';
import { systemClock } from '../core/clock.ts';
import { createLogger } from '../core/log.ts';
import { createMessageQueues } from '../aws/message-queues.ts';
import { createObjectStore } from '../aws/object-store.ts';
import { createSecretStore } from '../aws/secret-store.ts';
import { createDeadLetters } from '../queue/dead-letters.ts';
import { createHandleMessage } from '../queue/handle-message.ts';
import { createKnownResults } from '../queue/known-results.ts';
import { createMemoryObjectStore } from '../queue/memory-object-store.ts';
import { createPace, withPace } from '../queue/pace.ts';
import { createProcessBatch } from '../queue/process-batch.ts';
import { createSendResult } from '../queue/results.ts';
import { createUpstreams } from './create-upstreams.ts';

const clock = systemClock;

/** Wires the function behind the request queue. */
export function createQueueWorkerApp(config: QueueWorkerConfig): HandleBatch {
  const log = createLogger(config.logLevel, config.serviceName);
  const queues = createMessageQueues();
  const { resultsBucket, resultsQueueUrl: queueUrl } = config;
  const bucket =
    resultsBucket === undefined ? undefined : { name: resultsBucket, objects: createObjectStore(resultsBucket) };
  const knownResults = createKnownResults(bucket?.objects ?? createMemoryObjectStore(), clock);
  const pace = createPace({ intervalMs: config.paceIntervalMs, sandboxes: config.maximumConcurrency, clock });
  const handleMessage = createHandleMessage({
    models: createModelCatalog(config.models),
    upstream: withPace(createUpstreams(config, createSecretStore(), log).upstream, { pace, clock }),
    knownResults,
    deadLetters: createDeadLetters(queues, clock),
    sendResult: createSendResult({ queues, queueUrl, bucket }),
    queues,
    clock,
    log,
  });
  return createProcessBatch({ handleMessage, queues, pace, clock, log });
}
