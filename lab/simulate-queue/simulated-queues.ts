// Plays SQS for the worker: the queues of requests, of results and of dead letters.
import type { MessageQueues } from '../../lib/core/message-queues.ts';
import type { RequestQueue } from './request-queue.ts';

export const requestsArn = 'arn:aws:sqs:us-east-1:000000000000:requests';
export const resultsQueueUrl = 'https://sqs.invalid/000000000000/results';
const deadLettersArn = 'arn:aws:sqs:us-east-1:000000000000:dead-letters';
const deadLettersUrl = 'https://sqs.invalid/000000000000/dead-letters';
const requestsUrl = 'https://sqs.invalid/000000000000/requests';

export interface SimulatedQueues extends MessageQueues {
  /** How many results there are for each message, by its id. */
  readonly results: ReadonlyMap<string, number>;
  /** Ids of the messages that the worker gave up. */
  readonly givenUp: readonly string[];
}

/** Creates the queues. @param maxReceives Of the request queue's redrive policy. */
export function createSimulatedQueues(requests: RequestQueue, maxReceives: number): SimulatedQueues {
  const results = new Map<string, number>();
  const givenUp: string[] = [];
  return {
    results,
    givenUp,
    findUrl: async (queueArn) => (queueArn === deadLettersArn ? deadLettersUrl : requestsUrl),
    readTraits: async () => ({
      maximumMessageBytes: 1_048_576,
      redrive: { deadLetterQueueArn: deadLettersArn, maxReceives },
    }),
    send: async (queueUrl, { body }) => {
      const { id } = JSON.parse(body) as { readonly id: string };
      if (queueUrl === resultsQueueUrl) results.set(id, (results.get(id) ?? 0) + 1);
      else givenUp.push(id);
    },
    remove: async (_queueUrl, receiptHandle) => requests.remove(receiptHandle),
    changeVisibility: async (_queueUrl, seconds) =>
      [...seconds].filter(([handle, rest]) => !requests.hide(handle, rest)).length,
  };
}
