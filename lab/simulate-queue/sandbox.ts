// One sandbox of the queue worker: the worker's own code, with ports to the simulated world.
import type { Upstream } from '../../lib/core/completion.ts';
import type { QueueWorkerConfig } from '../../lib/config/shape.ts';
import type { HandleBatch } from '../../lib/core/delivery.ts';
import { createModelCatalog } from '../../lib/core/models.ts';
import type { MessageQueues } from '../../lib/core/message-queues.ts';
import type { StateTable } from '../../lib/core/state-table.ts';
import { createQueueWorker } from '../../lib/queue/create-queue-worker.ts';
import { createLifeline } from './lifeline.ts';
import type { Lifeline } from './lifeline.ts';
import type { LimitedUpstream } from './limited-upstream.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What is outside of every sandbox. */
export interface World {
  readonly clock: VirtualClock;
  readonly queues: MessageQueues;
  readonly resultsQueueUrl: string;
  readonly table: StateTable;
  readonly upstream: LimitedUpstream;
}

export interface Sandbox {
  readonly handleBatch: HandleBatch;
  readonly lifeline: Lifeline;
}

/** Creates a sandbox. @param pacing Of `lib/config/read-config.ts`: what the settings of the pace mean for one sandbox. */
export function createSandbox(
  world: World,
  pacing: Pick<QueueWorkerConfig, 'paceIntervalMs' | 'maximumConcurrency'>,
): Sandbox {
  const lifeline = createLifeline(world.clock, () => 5 + world.clock.random() * 20);
  const ports = {
    upstream: reachUpstream(world.upstream, lifeline),
    queues: reachQueues(world.queues, lifeline),
    table: reachTable(world.table, lifeline),
    // Simulated results fit into the results queue.
    bucket: undefined,
    clock: lifeline.clock,
    log: () => undefined,
  };
  const { resultsQueueUrl } = world;
  const handleBatch = createQueueWorker(ports, { ...pacing, resultsQueueUrl, models: createModelCatalog({}) });
  return { handleBatch, lifeline };
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

function reachTable(table: StateTable, { operate }: Lifeline): StateTable {
  return {
    add: (...call) => operate(() => table.add(...call)),
    count: (...call) => operate(() => table.count(...call)),
    read: (...call) => operate(() => table.read(...call)),
    write: (...call) => operate(() => table.write(...call)),
    remove: (...call) => operate(() => table.remove(...call)),
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
