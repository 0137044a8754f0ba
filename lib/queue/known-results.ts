// Which messages are being or have been answered by any sandbox, so that a duplicate calls no upstream.
import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { parseJson } from '../core/json.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectStore } from '../core/object-store.ts';

/** What claiming a message found. */
export type Claim =
  /** Nobody else works at it. One of the closing calls is to be made in the end. */
  | ({ readonly kind: 'claimed' } & Closing)
  /** It has been answered, but its result has not been sent; nobody else sends it. */
  | ({ readonly kind: 'unsent'; readonly result: string } & Closing)
  /** It has been answered, and its result sent. */
  | { readonly kind: 'sent' }
  /** Somebody else works at it, and will have finished or given up then. */
  | { readonly kind: 'busy'; readonly untilMs: number };

/** What becomes of a claim. Each does nothing when the claim has been taken over meanwhile. */
export interface Closing {
  /** The result has been sent. */
  readonly markSent: () => Promise<void>;
  /** The result could not be sent. */
  readonly keepUnsent: (result: string) => Promise<void>;
  /** There is no result to remember. */
  readonly release: () => Promise<void>;
}

export interface KnownResults {
  /**
   * Claims a message before it is answered.
   *
   * @param identity What makes two messages the same.
   * @param untilMs Epoch milliseconds at which this sandbox will have finished, or been stopped.
   */
  claim(identity: string, delivery: DeliveryKey, untilMs: number, signal: AbortSignal): Promise<Claim>;
}

/** What tells one delivery from another. */
type DeliveryKey = Pick<Delivery, 'messageId' | 'receiveCount'>;

/** How long a result is known: longer than any delivery of a message stays invisible. */
const lifetimeMs = 3_600_000;

/** Deliveries of one message that are closer together were not made because a sandbox died. */
const twiceAtOnceMs = 30_000;

const claimFields = {
  message_id: z.string(),
  receive_count: z.number(),
  from_ms: z.number(),
  until_ms: z.number(),
  nonce: z.string(),
};
const entrySchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('claimed'), ...claimFields }),
  z.object({ state: z.literal('unsent'), ...claimFields, result: z.string() }),
  z.object({ state: z.literal('sent'), message_id: z.string(), at_ms: z.number() }),
]);
type Entry = z.infer<typeof entrySchema>;

/**
 * Keeps one object `known/<identity>.json` for each message: a claim, then the note that its result was sent. The
 * result itself is kept only where it could not be sent. Every write depends on what was read or written before, so
 * that of any number of sandboxes one has the claim.
 */
export function createKnownResults(objects: ObjectStore, clock: Clock): KnownResults {
  return {
    claim: async (identity, { messageId, receiveCount }, untilMs, signal) => {
      const key = `known/${identity}.json`;
      const delivery = { message_id: messageId, receive_count: receiveCount };
      const own = { ...delivery, from_ms: clock.now(), until_ms: untilMs, nonce: randomUUID() };
      const createClosing = (etag: string): Closing => {
        const write = async (entry: Entry): Promise<void> => {
          await objects.replace(key, JSON.stringify(entry), etag);
        };
        return {
          markSent: () => write({ state: 'sent', message_id: messageId, at_ms: clock.now() }),
          keepUnsent: (result) => write({ state: 'unsent', ...own, until_ms: 0, result }),
          release: () => write({ state: 'claimed', ...own, until_ms: 0 }),
        };
      };
      const claim = JSON.stringify({ state: 'claimed', ...own } satisfies Entry);
      const created = await objects.create(key, claim, signal);
      if (created !== undefined) return { kind: 'claimed', ...createClosing(created) };

      const found = await objects.read(key, signal);
      // Removed in this very moment: whoever comes back finds out.
      if (found === undefined) return { kind: 'busy', untilMs: clock.now() };
      // The SDK had to ask twice, and the first write was made all the same.
      if (found.body === claim) return { kind: 'claimed', ...createClosing(found.etag) };
      const { data: entry } = entrySchema.safeParse(parseJson(found.body));
      const now = clock.now();
      // A delivery of the very message that was answered is one too many, however late it comes.
      if (entry?.state === 'sent' && (entry.message_id === messageId || now - entry.at_ms < lifetimeMs)) {
        return { kind: 'sent' };
      }
      if (entry !== undefined && entry.state !== 'sent' && now < entry.until_ms) {
        // A later delivery of the message means that the earlier one's sandbox has died, for Lambda insists on a
        // visibility timeout that is not shorter than the function's; unless SQS delivers it twice at once.
        const isAbandoned =
          entry.message_id === messageId && entry.receive_count < receiveCount && now - entry.from_ms > twiceAtOnceMs;
        if (!isAbandoned) return { kind: 'busy', untilMs: entry.until_ms };
      }
      // What is free again is taken over, by one.
      const takenOver: Entry = entry?.state === 'unsent' ? { ...entry, ...own } : { state: 'claimed', ...own };
      const written = JSON.stringify(takenOver);
      let etag = await objects.replace(key, written, found.etag);
      if (etag === undefined) {
        // As above: this may have been our own write.
        const current = await objects.read(key, signal);
        if (current?.body === written) etag = current.etag;
      }
      if (etag === undefined) return { kind: 'busy', untilMs: now };
      return takenOver.state === 'unsent'
        ? { kind: 'unsent', result: takenOver.result, ...createClosing(etag) }
        : { kind: 'claimed', ...createClosing(etag) };
    },
  };
}
