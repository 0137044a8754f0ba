// The situations that the queue worker has to cope with, which `npm run simulate-queue` shows.
import type { QuotaPhase } from './limited-upstream.ts';
import type { SimulationOptions } from './run-simulation.ts';

const fiveCalls: readonly QuotaPhase[] = [{ fromSeconds: 0, callsPerSecond: 5 }];

/** Halved after five minutes, used up by somebody else from the fifteenth to the thirty-fifth, then as before. */
const outage: readonly QuotaPhase[] = [
  ...fiveCalls,
  { fromSeconds: 300, callsPerSecond: 2 },
  { fromSeconds: 900, callsPerSecond: 0 },
  { fromSeconds: 2_100, callsPerSecond: 5 },
];

/** The minutes, counted from 0, in which nothing was admitted. */
export const outageMinutes = { from: 15, to: 35 };

export const scenarios = {
  /** As docs/queue.md recommends for 5 calls a second with two sandboxes. */
  configured: { messages: 10_000, maximumConcurrency: 2, requestsPerMinute: 180, quota: fiveCalls },
  /** As many sandboxes as calls a second. */
  spread: { messages: 10_000, maximumConcurrency: 5, requestsPerMinute: 270, quota: fiveCalls },
  /** Ten seconds between two calls: the slowest pace at which a batch of ten has time for all. */
  slow: { messages: 300, maximumConcurrency: 2, requestsPerMinute: 12, quota: fiveCalls },
  crowded: { messages: 4_000, maximumConcurrency: 10, requestsPerMinute: 180, quota: fiveCalls },
  unset: { messages: 10_000, maximumConcurrency: 2, requestsPerMinute: undefined, quota: fiveCalls },
  'unset, quick answers': {
    messages: 4_000,
    maximumConcurrency: 2,
    requestsPerMinute: undefined,
    quota: fiveCalls,
    answerSeconds: [0.1, 0.5],
  },
  'unset, crowded': { messages: 2_000, maximumConcurrency: 10, requestsPerMinute: undefined, quota: fiveCalls },
  outage: { messages: 4_000, maximumConcurrency: 2, requestsPerMinute: 180, quota: outage },
  'outage, unset': { messages: 4_000, maximumConcurrency: 2, requestsPerMinute: undefined, quota: outage },
  deaths: { messages: 4_000, maximumConcurrency: 2, requestsPerMinute: 180, quota: fiveCalls, deathShare: 0.02 },
  /** SQS delivers one message in ten twice at the same time. */
  duplicates: { messages: 4_000, maximumConcurrency: 2, requestsPerMinute: 180, quota: fiveCalls, duplicateShare: 0.1 },
  /** One message in twenty is refused twice, however slowly it is sent. */
  'limited twice': {
    messages: 1_000,
    maximumConcurrency: 2,
    requestsPerMinute: undefined,
    quota: [{ fromSeconds: 0, callsPerSecond: 1_000 }],
    answerSeconds: [0.01, 0.05],
    limitedTwiceShare: 0.05,
    maxReceives: 5,
  },
} as const satisfies Readonly<Record<string, SimulationOptions>>;
