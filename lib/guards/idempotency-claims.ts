// Which requests with an idempotency key are being answered or have been, in any process that shares the table.
import { createHmac, hash } from 'node:crypto';
import * as z from 'zod/mini';
import { createClaims } from '../claims/claims.ts';
import type { HeldClaim } from '../claims/claims.ts';
import { longestSealedText } from '../claims/sealed-text.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { lazy } from '../core/lazy.ts';
import type { StateTable } from '../core/state-table.ts';
import { openAnswer, sealAnswer } from './kept-answer.ts';
import type { KeptAnswer } from './kept-answer.ts';

/** What a request is known by in the table. Client, idempotency key and body cannot be read from it. */
export interface RequestIdentity {
  /** The key of the table's item: the same for all requests of one client with one idempotency key. */
  readonly itemKey: string;
  /** The same for equal requests. */
  readonly fingerprint: string;
  /** 32 bytes that the answer is sealed with. They are never stored. */
  readonly sealingKey: Buffer;
}

export interface IdentifiedRequest {
  /** As `scopeOf` names callers. */
  readonly caller: string;
  readonly idempotencyKey: string;
  /** Method and path, without credentials. */
  readonly target: readonly string[];
  readonly body: Buffer;
}

/** What came of claiming a request. */
export type RequestClaim =
  /** Nobody else works at it. The caller keeps an answer or releases the claim in the end. */
  | ({ readonly kind: 'claimed' } & ClaimClosing)
  /** It has been answered. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** It has been answered, and the answer did not fit into the table. */
  | { readonly kind: 'too_long' }
  /** Somebody else works at it. */
  | { readonly kind: 'busy' }
  /** The idempotency key was used for another request. */
  | { readonly kind: 'reused' };

/** How a claim ends. Both calls reject when the table cannot be asked. */
export interface ClaimClosing {
  /**
   * Keeps the answer for 24 hours. If it is undefined or too long for the table, only the fact is kept that there was one.
   *
   * @returns false when the claim had expired and somebody else has taken it over.
   */
  readonly keep: (answer: KeptAnswer | undefined, timeoutMs: number) => Promise<boolean>;
  /** Keeps nothing, so that the next request with the key is answered. */
  readonly release: () => Promise<void>;
}

export interface IdempotencyClaims {
  /**
   * Claims a request before it is answered.
   *
   * @param deadlineMs Epoch milliseconds after which no answer can reach the caller.
   * @throws GatewayError `idempotency_unavailable` when the table cannot be asked or its entry cannot be read.
   */
  claim(identity: RequestIdentity, deadlineMs: number): Promise<RequestClaim>;
}

/** How long an answer is kept. */
const answerLifetimeMs = 86_400_000;
/** How long after its deadline a request is certainly no longer being answered. */
const leaseMarginMs = 5_000;
/** Short, because the caller waits for its error meanwhile, and the function may be about to reach its time limit. */
const releaseTimeoutMs = 250;

const entrySchema = lazy(() =>
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('claimed'), fingerprint: z.string() }),
    z.object({ state: z.literal('answered'), fingerprint: z.string(), answer: z.string() }),
    z.object({ state: z.literal('too_long'), fingerprint: z.string() }),
  ]),
);
type Entry = z.infer<ReturnType<typeof entrySchema>>;

/** Identifies a request. Without the idempotency key, nobody can use what is stored to check a guess at a prompt. */
export function identifyRequest({ caller, idempotencyKey, target, body }: IdentifiedRequest): RequestIdentity {
  const scope = JSON.stringify([caller, idempotencyKey]);
  const derive = (...label: readonly string[]): Buffer =>
    createHmac('sha256', scope).update(JSON.stringify(label)).update(body).digest();
  return {
    itemKey: `idempotency/${hash('sha256', scope)}`,
    fingerprint: derive('fingerprint', ...target).toString('hex'),
    sealingKey: derive('seal'),
  };
}

/** Creates claims that keep one item for each client and key: first the claim, then the answer. */
export function createIdempotencyClaims(table: StateTable, clock: Pick<Clock, 'now' | 'timeout'>): IdempotencyClaims {
  const claims = createClaims(table, clock);

  const createClosing = (held: HeldClaim, { fingerprint, sealingKey }: RequestIdentity): ClaimClosing => ({
    keep: async (answer, timeoutMs) => {
      const sealed = answer && (await sealAnswer(answer, sealingKey));
      const entry: Entry =
        sealed === undefined || sealed.length > longestSealedText
          ? { state: 'too_long', fingerprint }
          : { state: 'answered', fingerprint, answer: sealed };
      return held.settle(entry, { expiresAtMs: clock.now() + answerLifetimeMs, timeoutMs });
    },
    release: () => held.release(releaseTimeoutMs),
  });

  const claim = async (identity: RequestIdentity, deadlineMs: number): Promise<RequestClaim> => {
    const { itemKey, fingerprint, sealingKey } = identity;
    const own: Entry = { state: 'claimed', fingerprint };
    const outcome = await claims.claim(itemKey, own, { expiresAtMs: deadlineMs + leaseMarginMs, deadlineMs });
    if (outcome.kind === 'held') return { kind: 'claimed', ...createClosing(outcome, identity) };
    if (outcome.kind === 'vanished') return { kind: 'busy' };
    const entry = entrySchema().parse(outcome.found.entry);
    if (entry.fingerprint !== fingerprint) return { kind: 'reused' };
    if (entry.state === 'claimed') return { kind: 'busy' };
    if (entry.state === 'too_long') return { kind: 'too_long' };
    return { kind: 'answered', answer: await openAnswer(entry.answer, sealingKey) };
  };

  return {
    claim: async (identity, deadlineMs) => {
      try {
        return await claim(identity, deadlineMs);
      } catch (error) {
        const message =
          'It is not known whether this Idempotency-Key was used before, because its table does not answer; nothing was charged';
        throw new GatewayError('idempotency_unavailable', message, { cause: error });
      }
    },
  };
}
