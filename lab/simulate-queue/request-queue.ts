// Plays a standard queue of SQS with a redrive policy: it delivers at least once, and roughly in order of age.
import type { Delivery } from '../../lib/core/delivery.ts';
import { createHeap } from './heap.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface RequestQueue {
  send(messageId: string, body: string): void;
  /** Takes up to `most` messages that are visible, and moves those that were received too often to the dead letters. */
  receive(most: number): readonly Delivery[];
  /** Deletes the message if the handle is that of its last receive, which is all that SQS promises. */
  remove(receiptHandle: string): void;
  /** Hides the message for a while. Returns whether the handle is that of its last receive; else nothing happens. */
  hide(receiptHandle: string, seconds: number): boolean;
  /** How many messages are neither deleted nor dead letters. */
  readonly count: () => number;
  /** Message ids. */
  readonly deadLetters: readonly string[];
  /** How often each message was received, by its id. */
  readonly receives: ReadonlyMap<string, number>;
}

export interface RequestQueueOptions {
  readonly clock: VirtualClock;
  readonly arn: string;
  readonly visibilitySeconds: number;
  readonly maxReceives: number;
  /** The probability that a message that is received is received once more at the same time. */
  readonly duplicateShare: number;
  /** Called when a message becomes visible. */
  readonly onVisible: () => void;
}

interface Message {
  /** In the order they were sent. */
  readonly number: number;
  readonly messageId: string;
  readonly body: string;
  readonly sentAtMs: number;
  receives: number;
  visibleAtMs: number;
  isGone: boolean;
}

/** By how many places a message may be out of order. */
const disorder = 100;
/** How long after a receive its duplicate comes at most. */
const longestRepeatMs = 20_000;

/** Creates an empty queue. */
export function createRequestQueue(options: RequestQueueOptions): RequestQueue {
  const { clock, arn, visibilitySeconds, maxReceives, duplicateShare, onVisible } = options;
  const visible = createHeap<{ message: Message; rank: number }>((one, other) => one.rank < other.rank);
  /** Received, and about to be received once more. */
  const repeated: Message[] = [];
  const received = new Map<string, Message>();
  const receives = new Map<string, number>();
  const deadLetters: string[] = [];
  let sent = 0;
  let gone = 0;

  const show = (message: Message): void => {
    visible.add({ message, rank: message.number + clock.random() * disorder });
    onVisible();
  };
  const hide = (message: Message, seconds: number): void => {
    const visibleAtMs = clock.now() + seconds * 1_000;
    message.visibleAtMs = visibleAtMs;
    clock.schedule(seconds * 1_000, () => {
      const isHiddenUntilNow = message.visibleAtMs === visibleAtMs;
      if (isHiddenUntilNow && !message.isGone) show(message);
    });
  };
  const end = (message: Message): void => {
    message.isGone = true;
    gone += 1;
  };
  const deliver = (message: Message): Delivery | undefined => {
    const { messageId, body, sentAtMs } = message;
    if (message.isGone) return undefined;
    if (message.receives >= maxReceives) {
      deadLetters.push(messageId);
      end(message);
      return undefined;
    }
    message.receives += 1;
    const { receives: receiveCount } = message;
    const receiptHandle = `${messageId}/${receiveCount}`;
    received.set(receiptHandle, message);
    receives.set(messageId, receiveCount);
    hide(message, visibilitySeconds);
    if (clock.random() < duplicateShare) {
      clock.schedule(clock.random() * longestRepeatMs, () => void repeated.push(message));
    }
    return {
      messageId,
      body,
      sentAtMs,
      receiveCount,
      receiptHandle,
      queueArn: arn,
      attributes: {},
      groupId: undefined,
    };
  };
  const findLatest = (receiptHandle: string): Message | undefined => {
    const message = received.get(receiptHandle);
    const isLatest = message?.isGone === false && receiptHandle === `${message.messageId}/${message.receives}`;
    return isLatest ? message : undefined;
  };

  return {
    receives,
    deadLetters,
    count: () => sent - gone,
    send: (messageId, body) => {
      sent += 1;
      const sentAtMs = clock.now();
      show({ number: sent, messageId, body, sentAtMs, receives: 0, visibleAtMs: sentAtMs, isGone: false });
    },
    receive: (most) => {
      const deliveries: Delivery[] = [];
      while (deliveries.length < most) {
        const message = repeated.shift() ?? visible.take()?.message;
        if (message === undefined) break;
        const delivery = deliver(message);
        if (delivery !== undefined) deliveries.push(delivery);
      }
      return deliveries;
    },
    remove: (receiptHandle) => {
      const message = findLatest(receiptHandle);
      if (message !== undefined) end(message);
    },
    hide: (receiptHandle, seconds) => {
      const message = findLatest(receiptHandle);
      if (message !== undefined) hide(message, seconds);
      return message !== undefined;
    },
  };
}
