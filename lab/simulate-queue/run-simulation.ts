// Runs the queue worker in a simulated world until every message has ended, and counts.
import { readQueueWorkerConfig } from '../../lib/config/read-config.ts';
import type { QueueWorkerConfig } from '../../lib/config/shape.ts';
import { createMemoryStateTable } from '../../lib/core/memory-state-table.ts';
import { createEventSource } from './event-source.ts';
import { createLimitedUpstream } from './limited-upstream.ts';
import type { QuotaPhase } from './limited-upstream.ts';
import { createRequestQueue } from './request-queue.ts';
import { createSandbox } from './sandbox.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createSimulatedQueues, requestsArn, resultsQueueUrl } from './simulated-queues.ts';
import { createVirtualClock } from './virtual-clock.ts';

export interface SimulationOptions {
  readonly messages: number;
  /** QUEUE_MAXIMUM_CONCURRENCY, and the MaximumConcurrency of the event source. */
  readonly maximumConcurrency: number;
  /** QUEUE_REQUESTS_PER_MINUTE; undefined: not set. */
  readonly requestsPerMinute: number | undefined;
  readonly quota: readonly QuotaPhase[];
  /** The shortest and the longest time an answer takes. Default: 0.5 and 6. */
  readonly answerSeconds?: readonly [number, number];
  /** The probability that a message is refused twice, whatever the quota. Default: 0. */
  readonly limitedTwiceShare?: number;
  /** The probability that a sandbox dies within an invocation. Default: 0. */
  readonly deathShare?: number;
  /** The probability that a message that is received is received once more at the same time. Default: 0. */
  readonly duplicateShare?: number;
  /** Default: 16. */
  readonly maxReceives?: number;
  /** Another seed is another course of events. Default: 1. */
  readonly seed?: number;
}

export interface SimulationReport {
  readonly messages: number;
  /** Messages with exactly one result. */
  readonly answeredOnce: number;
  /** Messages with several results, and those of them no sandbox has died with. */
  readonly answeredAgain: number;
  readonly answeredAgainWithoutDeath: number;
  readonly deadLetters: number;
  readonly calls: number;
  readonly refusedCalls: number;
  /** Calls beyond the first of a message that neither a refusal nor the death of a sandbox explains. */
  readonly needlessCalls: number;
  readonly mostCallsPerSecond: number;
  readonly refusedPerMinute: readonly number[];
  readonly mostReceives: number;
  readonly meanReceives: number;
  readonly invocations: number;
  readonly sandboxes: number;
  readonly deaths: number;
  /** Simulated time until the last message had ended. */
  readonly seconds: number;
}

/** As serverless.yml has them. */
const timeoutSeconds = 120;
const visibilitySeconds = 720;
const defaultMaxReceives = 16;

const newSandboxShare = 0.02;
const longestMs = 7 * 24 * 3_600_000;

/** @throws Error when messages are left after a week, when SQS would drop them. */
export async function runSimulation(options: SimulationOptions): Promise<SimulationReport> {
  const { messages, maximumConcurrency, quota, maxReceives = defaultMaxReceives, seed = 1 } = options;
  const { answerSeconds = [0.5, 6], limitedTwiceShare = 0, deathShare = 0, duplicateShare = 0 } = options;
  const clock = createVirtualClock(createSeededRandom(seed));
  const beganAtMs = clock.now();
  const upstream = createLimitedUpstream({ clock, quota, answerSeconds, limitedTwiceShare });
  const requests = createRequestQueue({
    clock,
    arn: requestsArn,
    visibilitySeconds,
    maxReceives,
    duplicateShare,
    onVisible: () => source.poll(),
  });
  const queues = createSimulatedQueues(requests, maxReceives);
  const world = { clock, queues, resultsQueueUrl, table: createMemoryStateTable(clock), upstream };
  const pacing = readPacing(options);
  const source = createEventSource({
    clock,
    queue: requests,
    createSandbox: () => createSandbox(world, pacing),
    maximumConcurrency,
    timeoutSeconds,
    newSandboxShare,
    deathShare,
  });

  for (let id = 1; id <= messages; id += 1) {
    requests.send(String(id), JSON.stringify({ id: String(id), model: 'SQLCoder-7B', prompt: 'SELECT' }));
  }
  await clock.run(() => requests.count() === 0, longestMs);

  const calls = [...upstream.counts];
  const answers = [...queues.results];
  const receives = [...requests.receives.values()];
  const deathsOf = (id: string): number => source.lostDeliveries.get(id) ?? 0;
  return {
    messages,
    answeredOnce: answers.filter(([, count]) => count === 1).length,
    answeredAgain: answers.filter(([, count]) => count > 1).length,
    answeredAgainWithoutDeath: answers.filter(([id, count]) => count > 1 && deathsOf(id) === 0).length,
    deadLetters: new Set([...requests.deadLetters, ...queues.givenUp]).size,
    calls: sum(calls.map(([, count]) => count.calls)),
    refusedCalls: sum(calls.map(([, count]) => count.refused)),
    needlessCalls: sum(calls.map(([id, count]) => Math.max(0, count.calls - 1 - count.refused - deathsOf(id)))),
    mostCallsPerSecond: upstream.mostPerSecond(),
    refusedPerMinute: upstream.refusedPerMinute(),
    mostReceives: receives.reduce((most, count) => Math.max(most, count), 0),
    meanReceives: sum(receives) / messages,
    ...source.counts,
    seconds: (clock.now() - beganAtMs) / 1_000,
  };
}

/** Reads the settings as the worker does, so that what is simulated is what is documented. */
function readPacing({ maximumConcurrency, requestsPerMinute }: SimulationOptions): QueueWorkerConfig {
  return readQueueWorkerConfig({
    UPSTREAM: 'openai',
    RESULTS_QUEUE_URL: resultsQueueUrl,
    QUEUE_MAXIMUM_CONCURRENCY: String(maximumConcurrency),
    QUEUE_REQUESTS_PER_MINUTE: requestsPerMinute === undefined ? undefined : String(requestsPerMinute),
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
