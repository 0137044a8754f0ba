// A poller of a queue in an emulation, for each test, with a function that records its batches.
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import type { AwsEmulation } from '../../local/aws-emulation/server.ts';
import type { BufferedHandler } from '../../local/lambda-runtime.ts';
import { startQueuePoller } from '../../local/queue-poller.ts';
import type { QueuePoller, QueuePollerOptions } from '../../local/queue-poller.ts';
import { startEmulation } from './emulated-queue.ts';

export type Answer = (records: readonly SQSRecord[], context: Context) => unknown;

interface Polled {
  readonly batches: readonly (readonly SQSRecord[])[];
  /** What the poller logged. */
  readonly lines: readonly string[];
  readonly poller: QueuePoller;
}

/** What the polls of a test call; it may put another in its place. */
export const polled: { emulation: AwsEmulation } = { emulation: await startEmulation() };

const pollers: QueuePoller[] = [];

afterEach(async () => {
  for (const poller of pollers.splice(0)) await poller.close();
});
afterAll(() => polled.emulation.close());

/** Polls a queue for a function that answers so. */
export function poll(
  queue: QueuePollerOptions['queue'],
  answer: Answer = () => undefined,
  options: Partial<QueuePollerOptions> = {},
): Polled {
  const batches: (readonly SQSRecord[])[] = [];
  const lines: string[] = [];
  const handler: BufferedHandler = async (event: SQSEvent, context: Context) => {
    batches.push(event.Records);
    return answer(event.Records, context);
  };
  const log = (line: string): void => void lines.push(line);
  // Most tests need not wait for the polls under way when they are over.
  const usual = { functionName: 'worker', timeoutMs: 5_000, closeGraceMs: 10 };
  const poller = startQueuePoller({ queue, handler, log, ...usual, ...options });
  pollers.push(poller);
  return { batches, lines, poller };
}

/** How often an operation has been asked for on a queue. */
export function countCalls({ name }: { readonly name: string }, wanted = 'ReceiveMessage'): number {
  const { calls } = polled.emulation;
  return calls.filter(({ operation, target }) => operation === wanted && target === name).length;
}
