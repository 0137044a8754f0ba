// One sandbox of the queue worker: wired as lib/app does it, but to the simulated world.
import type { Upstream } from '../../lib/core/completion.ts';
import type { QueueWorkerConfig } from '../../lib/config/shape.ts';
import type { HandleBatch } from '../../lib/core/delivery.ts';
import { createModelCatalog } from '../../lib/core/models.ts';
import type { MessageQueues } from '../../lib/core/message-queues.ts';
import type { ObjectStore } from '../../lib/core/object-store.ts';
import { createDeadLetters } from '../../lib/queue/dead-letters.ts';
import { createHandleMessage } from '../../lib/queue/handle-message.ts';
import { createKnownResults } from '../../lib/queue/known-results.ts';
import { createPace, withPace } from '../../lib/queue/pace.ts';
import { createProcessBatch } from '../../lib/queue/process-batch.ts';
import { createSendResult } from '../../lib/queue/results.ts';
import { createLifeline } from './lifeline.ts';
import type { Lifeline } from './lifeline.ts';
import type { LimitedUpstream } from './limited-upstream.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What is outside of every sandbox. */
export interface World {
  readonly clock: VirtualClock;
  readonly queues: MessageQueues;
  readonly resultsQueueUrl: string;
  readonly bucket: ObjectStore;
  readonly upstream: LimitedUpstream;
}

export interface Sandbox {
  readonly handleBatch: HandleBatch;
  readonly lifeline: Lifeline;
}

const discard = (): void => undefined;

/** @param pacing Of `lib/config/read-config.ts`: what the settings of the pace mean for one sandbox. */
export function createSandbox(
  world: World,
  {
    paceIntervalMs: intervalMs,
    maximumConcurrency: sandboxes,
  }: Pick<QueueWorkerConfig, 'paceIntervalMs' | 'maximumConcurrency'>,
): Sandbox {
  const lifeline = createLifeline(world.clock, () => 5 + world.clock.random() * 20);
  const { clock } = lifeline;
  const queues = reachQueues(world.queues, lifeline);
  const objects = reachBucket(world.bucket, lifeline);
  const pace = createPace({ intervalMs, sandboxes, clock });
  const handleMessage = createHandleMessage({
    models: createModelCatalog({}),
    upstream: withPace(reachUpstream(world.upstream, lifeline), { pace, clock }),
    knownResults: createKnownResults(objects, clock),
    deadLetters: createDeadLetters(queues, clock),
    sendResult: createSendResult({ queues, queueUrl: world.resultsQueueUrl, bucket: { name: 'results', objects } }),
    queues,
    clock,
    log: discard,
  });
  return { handleBatch: createProcessBatch({ handleMessage, queues, pace, clock, log: discard }), lifeline };
}

function reachQueues(queues: MessageQueues, { operate }: Lifeline): MessageQueues {
  return {
    findUrl: (...call) => operate(() => queues.findUrl(...call)),
    readTraits: (...call) => operate(() => queues.readTraits(...call)),
    send: (...call) => operate(() => queues.send(...call)),
    remove: (...call) => operate(() => queues.remove(...call)),
    changeVisibility: (...call) => operate(() => queues.changeVisibility(...call)),
  };
}

function reachBucket(bucket: ObjectStore, { operate }: Lifeline): ObjectStore {
  return {
    read: (...call) => operate(() => bucket.read(...call)),
    write: (...call) => operate(() => bucket.write(...call)),
    create: (...call) => operate(() => bucket.create(...call)),
    replace: (...call) => operate(() => bucket.replace(...call)),
  };
}

function reachUpstream(upstream: LimitedUpstream, { operate }: Lifeline): Upstream {
  return {
    complete: (_request, call) => {
      call.observer?.onAttempt?.();
      return operate(() => upstream.answer(call.requestId), call.signal);
    },
    stream: async () => {
      throw new Error('A queue asks for whole answers');
    },
  };
}
