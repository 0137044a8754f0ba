// Which messages are being answered or have been, in any process, so that a duplicate does not call the upstream.
import { createHmac, hash } from 'node:crypto';
import * as z from 'zod/mini';
import { createClaims } from '../claims/claims.ts';
import type { FoundEntry, HeldClaim } from '../claims/claims.ts';
import { longestSealedText, openText, sealText } from '../claims/sealed-text.ts';
import type { Clock } from '../core/clock.ts';
import { lazy } from '../core/lazy.ts';
import type { StateTable } from '../core/state-table.ts';
import type { Delivery } from '../core/delivery.ts';

/** What a message is known by. Two messages of one queue are the same when their bodies are, byte for byte. */
export interface MessageIdentity {
  /** SHA-256 of queue and body, in hexadecimal digits. */
  readonly name: string;
  /** 32 bytes that a result is sealed with until it is sent. They are derived from the message and never stored. */
  readonly sealingKey: Buffer;
}

/** What came of claiming a message. */
export type Claim =
  /** Nobody else works at it. The caller ends the claim by one of the closing calls. */
  | ({ readonly kind: 'claimed' } & Closing)
  /** It has been answered, but its result was not sent, and nobody else sends it. The caller ends the claim as above. */
  | ({ readonly kind: 'unsent'; readonly result: string } & Closing)
  /** It has been answered, and its result sent. */
  | { readonly kind: 'sent' }
  /** Somebody else works at it, and will have finished or given up at this time (epoch milliseconds). */
  | { readonly kind: 'busy'; readonly untilMs: number };

/** How a claim ends. Each call throws what the table throws, and does nothing when the claim has been taken over. */
export interface Closing {
  /** The result has been sent. */
  readonly markSent: () => Promise<void>;
  /**
   * The result could not be sent: the next delivery sends it.
   *
   * @returns false when the result is too long for the table. Then the next delivery is answered anew.
   */
  readonly keepUnsent: (result: string) => Promise<boolean>;
  /** The message is as it was before the claim: not answered, or answered with a result that is still to be sent. */
  readonly release: () => Promise<void>;
}

/** What tells one delivery from another. */
export type DeliveryKey = Pick<Delivery, 'messageId' | 'receiveCount'>;

export interface ClaimTimes {
  /** Epoch milliseconds at which this process will have finished with the message, or been stopped. */
  readonly untilMs: number;
  /** Epoch milliseconds by which the answer is needed. */
  readonly deadlineMs: number;
}

export interface KnownResults {
  /**
   * Claims a message before it is answered.
   *
   * @throws what the table throws, or a TimeoutError.
   */
  claim(identity: MessageIdentity, delivery: DeliveryKey, times: ClaimTimes): Promise<Claim>;
}

/** How long a result is known to other messages with the same body: longer than a delivery stays invisible. */
const lifetimeMs = 3_600_000;
/** How long an entry stays in the table: as long as SQS can keep a message, and so deliver it once more. */
const retentionMs = 14 * 86_400_000;
/** When two deliveries of one message are closer together, the second was not made because a sandbox died. */
const twiceAtOnceMs = 30_000;
/** How long the end of a claim waits for the table. */
const closingTimeoutMs = 3_000;

const claimFields = {
  message_id: z.string(),
  receive_count: z.number(),
  from_ms: z.number(),
  until_ms: z.number(),
};
const entrySchema = lazy(() =>
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('claimed'), ...claimFields }),
    z.object({ state: z.literal('unsent'), ...claimFields, sealed: z.string() }),
    z.object({ state: z.literal('sent'), message_id: z.string(), at_ms: z.number() }),
  ]),
);
type Entry = z.infer<ReturnType<typeof entrySchema>>;

/** Identifies a message by its queue and its body. */
export function identifyMessage({ queueArn, body }: Pick<Delivery, 'queueArn' | 'body'>): MessageIdentity {
  const text = `${queueArn}\n${body}`;
  return { name: hash('sha256', text), sealingKey: createHmac('sha256', text).update('seal').digest() };
}

/**
 * Keeps one item `queue/<name>` for each message: a claim, then the note that its result was sent. The result itself is
 * kept only where it could not be sent, and then encrypted.
 */
export function createKnownResults(table: StateTable, clock: Pick<Clock, 'now' | 'timeout'>): KnownResults {
  const claims = createClaims(table, clock);

  return {
    claim: async ({ name, sealingKey }, { messageId, receiveCount }, { untilMs, deadlineMs }) => {
      const key = `queue/${name}`;
      const own = { message_id: messageId, receive_count: receiveCount, from_ms: clock.now(), until_ms: untilMs };

      const createClosing = (held: HeldClaim): Closing => {
        const settle = async (entry: Entry): Promise<void> => {
          await held.settle(entry, { expiresAtMs: clock.now() + retentionMs, timeoutMs: closingTimeoutMs });
        };
        const release = (): Promise<void> => held.release(closingTimeoutMs);
        return {
          release,
          markSent: () => settle({ state: 'sent', message_id: messageId, at_ms: clock.now() }),
          keepUnsent: async (result) => {
            const sealed = await sealText(result, sealingKey);
            const fits = sealed.length <= longestSealedText;
            await (fits ? settle({ state: 'unsent', ...own, until_ms: 0, sealed }) : release());
            return fits;
          },
        };
      };
      /** Of any number that find the same entry free, one takes it over. */
      const takeOver = async (version: string, sealed?: string): Promise<Claim> => {
        const result = sealed === undefined ? undefined : await openOrForget(sealed, sealingKey);
        const isUnsent = sealed !== undefined && result !== undefined;
        const entry: Entry = isUnsent ? { state: 'unsent', ...own, sealed } : { state: 'claimed', ...own };
        const expiresAtMs = isUnsent ? clock.now() + retentionMs : untilMs;
        const outcome = await claims.claim(key, entry, { expiresAtMs, deadlineMs, replaces: version });
        if (outcome.kind !== 'held') return { kind: 'busy', untilMs: clock.now() };
        const closing = createClosing(outcome);
        if (result === undefined) return { kind: 'claimed', ...closing };
        return { kind: 'unsent', result, ...closing, release: async () => void (await closing.keepUnsent(result)) };
      };
      const judge = ({ entry: json, version }: FoundEntry): Promise<Claim> | Claim => {
        const { data: entry } = entrySchema().safeParse(json);
        const now = clock.now();
        if (entry?.state === 'sent') {
          // A delivery of the very message that was answered is one too many, however late it comes.
          const isKnown = entry.message_id === messageId || now - entry.at_ms < lifetimeMs;
          return isKnown ? { kind: 'sent' } : takeOver(version);
        }
        if (entry !== undefined && now < entry.until_ms) {
          // Lambda insists on a visibility timeout that is no shorter than the function's. So a later delivery of the
          // message means that the sandbox of the earlier one has died, unless SQS delivers it twice at once.
          const isAbandoned =
            entry.message_id === messageId && entry.receive_count < receiveCount && now - entry.from_ms > twiceAtOnceMs;
          if (!isAbandoned) return { kind: 'busy', untilMs: entry.until_ms };
        }
        return takeOver(version, entry?.state === 'unsent' ? entry.sealed : undefined);
      };

      const claimed: Entry = { state: 'claimed', ...own };
      const outcome = await claims.claim(key, claimed, { expiresAtMs: untilMs, deadlineMs });
      if (outcome.kind === 'held') return { kind: 'claimed', ...createClosing(outcome) };
      return outcome.kind === 'vanished' ? { kind: 'busy', untilMs: clock.now() } : judge(outcome.found);
    },
  };
}

/** Undefined for what cannot be opened: no result can be had from it, so the message is answered anew. */
async function openOrForget(sealed: string, key: Buffer): Promise<string | undefined> {
  try {
    return await openText(sealed, key);
  } catch {
    return undefined;
  }
}
