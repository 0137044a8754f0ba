// Moves a message that is given up to the dead-letter queue, with the reason in its attributes.
import type { GatewayError } from '../core/errors.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Clock } from '../core/clock.ts';
import type { MessageQueues } from '../core/message-queues.ts';

export interface DeadLetters {
  /**
   * Sends a copy of the message to the dead-letter queue if this was its last receive.
   *
   * @returns whether it did. The caller then deletes the message from its own queue.
   * @throws what SQS throws.
   */
  take(delivery: Delivery, error: GatewayError): Promise<boolean>;
}

/** How many attributes SQS allows beside a body. */
const mostAttributes = 10;
/** In characters. */
const longestErrorMessage = 1_000;
/** How long a queue's redrive policy is remembered before it is read again. */
const targetLifetimeMs = 60_000;

/**
 * Creates what gives messages up. SQS would move such a message by itself at the next receive, but without the reason;
 * it still does so for messages whose sandboxes die. The body stays as it was, so that a redrive to the request queue is
 * enough to try again.
 */
export function createDeadLetters(queues: MessageQueues, clock: Clock): DeadLetters {
  const targets = new Map<string, { readonly found: Promise<Target | undefined>; readonly atMs: number }>();
  const findTarget = async (queueArn: string): Promise<Target | undefined> => {
    const { redrive } = await queues.readTraits(await queues.findUrl(queueArn));
    if (redrive === undefined) return undefined;
    return { queueUrl: await queues.findUrl(redrive.deadLetterQueueArn), maxReceives: redrive.maxReceives };
  };
  const findRecentTarget = (queueArn: string): Promise<Target | undefined> => {
    const known = targets.get(queueArn);
    if (known !== undefined && clock.now() - known.atMs < targetLifetimeMs) return known.found;
    const found = findTarget(queueArn);
    targets.set(queueArn, { found, atMs: clock.now() });
    found.catch(() => targets.delete(queueArn));
    return found;
  };
  return {
    take: async (delivery, error) => {
      const target = await findRecentTarget(delivery.queueArn);
      if (target === undefined || delivery.receiveCount < target.maxReceives) return false;
      const { body, groupId, messageId } = delivery;
      const order = target.queueUrl.endsWith('.fifo') && { groupId: groupId ?? messageId, deduplicationId: messageId };
      await queues.send(target.queueUrl, { body, attributes: describe(delivery, error, clock.now()), ...order });
      return true;
    },
  };
}

interface Target {
  readonly queueUrl: string;
  readonly maxReceives: number;
}

/** The reason, and as many of the sender's own text attributes as there is room for. */
function describe(delivery: Delivery, error: GatewayError, nowMs: number): Record<string, string> {
  const { messageId, queueArn, receiveCount, attributes } = delivery;
  const reason: Record<string, string> = {
    error_code: error.code,
    error_number: String(error.errorCode),
    error_message: toAttributeText(error.message) || error.code,
    receive_count: String(receiveCount),
    message_id: messageId,
    source_queue_arn: queueArn,
    failed_at: new Date(nowMs).toISOString(),
  };
  const own = Object.entries(attributes).flatMap(([name, { stringValue }]) =>
    stringValue === undefined || Object.hasOwn(reason, name) ? [] : [[name, stringValue] as const],
  );
  return { ...Object.fromEntries(own.slice(0, mostAttributes - Object.keys(reason).length)), ...reason };
}

/** Replaces characters that SQS refuses by spaces, and cuts the text between two characters. */
function toAttributeText(text: string): string {
  const characters = Array.from(text, (character) =>
    /[ -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(character) ? character : ' ',
  );
  return characters.slice(0, longestErrorMessage).join('').trim();
}
