// Plays Lambda's event source on the queue, and the sandboxes that it invokes.
import type { Delivery } from '../../lib/core/delivery.ts';
import type { RequestQueue } from './request-queue.ts';
import type { Sandbox } from './sandbox.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface EventSourceOptions {
  readonly clock: VirtualClock;
  readonly queue: RequestQueue;
  readonly createSandbox: () => Sandbox;
  readonly maximumConcurrency: number;
  readonly timeoutSeconds: number;
  /** The probability that an invocation gets a new sandbox although another one is free. */
  readonly newSandboxShare: number;
  /** The probability that a sandbox dies within an invocation. */
  readonly deathShare: number;
}

export interface EventSource {
  /** Looks for messages, unless as many invocations are running as are allowed. */
  poll(): void;
  readonly counts: { readonly invocations: number; readonly sandboxes: number; readonly deaths: number };
  /** How many deliveries of a message ended with the death of their sandbox, by its id. */
  readonly lostDeliveries: ReadonlyMap<string, number>;
}

const batchSize = 10;
const pollMs = 30;
const coldStartMs = 800;
/** How long before the timeout a batch has its deadline, as in lib/lambda/sqs-batch.ts. */
const deadlineMarginMs = 5_000;
/** About how many points a batch has at which its sandbox may die: 10 messages with five or six operations each. */
const pointsOfBatch = 120;

/** Creates an event source that has not polled yet. */
export function createEventSource(options: EventSourceOptions): EventSource {
  const { clock, queue, createSandbox, maximumConcurrency, timeoutSeconds, newSandboxShare, deathShare } = options;
  const free: Sandbox[] = [];
  const counts = { invocations: 0, sandboxes: 0, deaths: 0 };
  const lostDeliveries = new Map<string, number>();
  let running = 0;
  let isPolling = false;

  const poll = (): void => {
    if (isPolling || running >= maximumConcurrency) return;
    isPolling = true;
    clock.schedule(pollMs * (0.5 + clock.random()), () => {
      isPolling = false;
      const deliveries = queue.receive(batchSize);
      if (deliveries.length === 0) return;
      running += 1;
      invoke(deliveries);
      poll();
    });
  };
  const takeFree = (): Sandbox | undefined =>
    clock.random() < newSandboxShare ? undefined : free.splice(Math.floor(clock.random() * free.length), 1)[0];
  const invoke = (deliveries: readonly Delivery[]): void => {
    counts.invocations += 1;
    const sandbox = takeFree();
    if (sandbox !== undefined) return run(sandbox, deliveries);
    counts.sandboxes += 1;
    clock.schedule(coldStartMs, () => run(createSandbox(), deliveries));
  };
  const run = ({ handleBatch, lifeline }: Sandbox, deliveries: readonly Delivery[]): void => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      running -= 1;
      poll();
    };
    const willDie = clock.random() < deathShare;
    lifeline.begin(willDie ? Math.ceil(clock.random() * pointsOfBatch) : Infinity, () => {
      counts.deaths += 1;
      for (const { messageId } of deliveries) lostDeliveries.set(messageId, (lostDeliveries.get(messageId) ?? 0) + 1);
      end();
    });
    const timeoutMs = timeoutSeconds * 1_000;
    clock.schedule(timeoutMs, () => void (isOver || lifeline.kill()));
    handleBatch(deliveries, clock.now() + timeoutMs - deadlineMarginMs).then(
      (failed) => {
        for (const { messageId, receiptHandle } of deliveries) {
          if (!failed.includes(messageId)) queue.remove(receiptHandle);
        }
        free.push({ handleBatch, lifeline });
        end();
      },
      (error: unknown) =>
        // The worker rejects for no message, so this is a mistake in its code: the run ends with it.
        clock.schedule(0, () => {
          throw error;
        }),
    );
  };
  return { poll, counts, lostDeliveries };
}
