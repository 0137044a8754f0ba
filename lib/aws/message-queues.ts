// MessageQueues that load the AWS SDK at the first use.
import { lazy } from '../core/lazy.ts';
import type { MessageQueues } from '../core/message-queues.ts';

/** Creates the SQS queues, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createMessageQueues(): MessageQueues {
  const load = lazy(() => import('./sqs.ts').then((module) => module.createSqsQueues()));
  return {
    findUrl: async (...call) => (await load()).findUrl(...call),
    readTraits: async (...call) => (await load()).readTraits(...call),
    send: async (...call) => (await load()).send(...call),
    remove: async (...call) => (await load()).remove(...call),
    changeVisibility: async (...call) => (await load()).changeVisibility(...call),
  };
}
