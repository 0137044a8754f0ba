// Message queues that keep what is done with them, and refuse what SQS refuses.
import type { MessageQueues, OutgoingMessage, QueueTraits } from '../../lib/core/message-queues.ts';

export interface SentMessage extends OutgoingMessage {
  /** The queue's name. */
  readonly queue: string;
}

export interface RecordingQueues extends MessageQueues {
  readonly sent: readonly SentMessage[];
  /** Receipt handles, in the order in which they were removed. */
  readonly removed: readonly string[];
  /** Seconds by receipt handle. */
  readonly hidden: ReadonlyMap<string, number>;
  /** Names of all calls, in order, failed ones included. */
  readonly calls: readonly (keyof MessageQueues)[];
  /** Bodies sent to a queue, as JSON values. */
  bodiesOf(queue: string): readonly unknown[];
  /** Makes the next calls of a method fail. Default: every one from now on. */
  fail(method: keyof MessageQueues, times?: number): void;
}

export interface RecordingQueuesOptions {
  /** By queue name. Default: the limit of SQS, and no redrive policy. */
  readonly traits?: Readonly<Record<string, Partial<QueueTraits>>>;
}

const largestMessageBytes = 1_048_576;
/** What a message cannot hold. Source: SendMessage in the API reference of SQS. */
const refusedCharacter = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const groupIdPattern = /^[\x21-\x7e]{1,128}$/;

/** A queue's URL is `https://sqs.test/<name>`. */
export function createRecordingQueues({ traits = {} }: RecordingQueuesOptions = {}): RecordingQueues {
  const sent: SentMessage[] = [];
  const removed: string[] = [];
  const hidden = new Map<string, number>();
  const calls: (keyof MessageQueues)[] = [];
  const failures = new Map<keyof MessageQueues, number>();
  const begin = (method: keyof MessageQueues): void => {
    calls.push(method);
    const left = failures.get(method) ?? 0;
    failures.set(method, left - 1);
    if (left > 0) throw Object.assign(new Error('canary of SQS'), { name: 'ServiceUnavailable' });
  };
  const nameOf = (queueUrl: string): string => queueUrl.split('/').at(-1) ?? '';
  const traitsOf = (queue: string): QueueTraits => ({
    maximumMessageBytes: largestMessageBytes,
    redrive: undefined,
    ...traits[queue],
  });
  return {
    sent,
    removed,
    hidden,
    calls,
    bodiesOf: (queue) =>
      sent.filter((message) => message.queue === queue).map(({ body }) => JSON.parse(body) as unknown),
    fail: (method, times = Infinity) => void failures.set(method, times),
    findUrl: async (queueArn) => {
      begin('findUrl');
      return `https://sqs.test/${queueArn.split(':').at(-1)}`;
    },
    readTraits: async (queueUrl) => {
      begin('readTraits');
      return traitsOf(nameOf(queueUrl));
    },
    send: async (queueUrl, message) => {
      begin('send');
      const queue = nameOf(queueUrl);
      requireAllowed(queue, message, traitsOf(queue));
      sent.push({ queue, ...message });
    },
    remove: async (_queueUrl, receiptHandle) => {
      begin('remove');
      removed.push(receiptHandle);
    },
    changeVisibility: async (_queueUrl, seconds) => {
      begin('changeVisibility');
      if (seconds.size === 0 || seconds.size > 10) refuse('between 1 and 10 entries');
      for (const timeout of seconds.values()) {
        if (!Number.isInteger(timeout) || timeout < 0 || timeout > 43_200) refuse('the visibility timeout');
      }
      for (const [receiptHandle, timeout] of seconds) hidden.set(receiptHandle, timeout);
      return 0;
    },
  };
}

function requireAllowed(queue: string, message: OutgoingMessage, { maximumMessageBytes }: QueueTraits): void {
  const { body, attributes = {}, groupId, deduplicationId } = message;
  const texts = [body, ...Object.values(attributes)];
  const bytes = [...texts, ...Object.keys(attributes).map((name) => `${name}String`)].join('');
  if (texts.some((text) => text === '' || refusedCharacter.test(text))) refuse('a text that is empty or not allowed');
  if (Object.keys(attributes).length > 10) refuse('more than 10 attributes');
  if (Buffer.byteLength(bytes) > maximumMessageBytes) refuse('a message over the limit');
  if (queue.endsWith('.fifo') !== (groupId !== undefined)) refuse('the group');
  if (queue.endsWith('.fifo') !== (deduplicationId !== undefined)) refuse('the deduplication id');
  for (const id of [groupId, deduplicationId]) {
    if (id !== undefined && !groupIdPattern.test(id)) refuse('the form of an id');
  }
}

function refuse(what: string): never {
  throw Object.assign(new Error(`SQS refuses ${what}`), { name: 'InvalidParameterValue' });
}
