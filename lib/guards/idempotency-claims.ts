// Which requests with an idempotency key are being or have been answered by any sandbox.
import { createHmac, hash, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import { lazy } from '../core/lazy.ts';
import type { Clock } from '../core/clock.ts';
import { longestValueBytes } from '../core/state-table.ts';
import type { StateItem, StateTable } from '../core/state-table.ts';
import { settleOrAbort } from '../core/settle-or-abort.ts';
import { openAnswer, sealAnswer } from './kept-answer.ts';
import type { KeptAnswer } from './kept-answer.ts';

/** What a request is known by. None of it tells the client, the idempotency key or the body. */
export interface RequestIdentity {
  /** Of the item in the table; the same for all requests of a client with one idempotency key. */
  readonly itemKey: string;
  /** The same for equal requests. */
  readonly fingerprint: string;
  /** What the answer is sealed with; it is never stored. */
  readonly sealingKey: Buffer;
}

export interface IdentifiedRequest {
  /** As `scopeOf` names them. */
  readonly caller: string;
  readonly idempotencyKey: string;
  /** Method and path: no credentials. */
  readonly target: readonly string[];
  readonly body: Buffer;
}

/** What claiming a request found. */
export type RequestClaim =
  /** Nobody else works at it. One of the closing calls is to be made in the end. */
  | ({ readonly kind: 'claimed' } & ClaimClosing)
  /** It has been answered. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** It has been answered with more than the table holds. */
  | { readonly kind: 'too_long' }
  /** Somebody else works at it. */
  | { readonly kind: 'busy' }
  /** The key was used for another request. */
  | { readonly kind: 'reused' };

/** What becomes of a claim; both reject when the table cannot be asked. */
export interface ClaimClosing {
  /**
   * Keeps the answer for the window; of one that is too long, or undefined, the fact that there was one.
   *
   * @returns false when the claim had run out and somebody else has taken it over.
   */
  readonly keep: (answer: KeptAnswer | undefined, timeoutMs: number) => Promise<boolean>;
  /** There is no answer to keep: the next request with the key is served. */
  readonly release: () => Promise<void>;
}

export interface IdempotencyClaims {
  /**
   * Claims a request before it is answered. It takes half of the time that is left at most twice: a write is not
   * given up without having been looked for.
   *
   * @param deadlineMs Epoch milliseconds after which no answer can reach the caller.
   * @throws GatewayError `idempotency_unavailable`.
   */
  claim(identity: RequestIdentity, deadlineMs: number): Promise<RequestClaim>;
}

/** How long an answer is kept. */
const answerLifetimeMs = 86_400_000;

/** How long after its deadline a request is certainly no longer at work. */
const leaseMarginMs = 5_000;
const tableTimeoutMs = 3_000;
/** What is granted when time is short. */
const shortestTimeoutMs = 250;
/** The error that is to be told waits for it, and the function may be about to reach its time limit. */
const releaseTimeoutMs = 250;
/** Leaves room for what stands beside a sealed answer. */
const longestSealedAnswer = longestValueBytes - 1_000;

const entrySchema = lazy(() =>
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('claimed'), fingerprint: z.string(), nonce: z.string() }),
    z.object({ state: z.literal('answered'), fingerprint: z.string(), answer: z.string() }),
    z.object({ state: z.literal('too_long'), fingerprint: z.string() }),
  ]),
);
type Entry = z.infer<ReturnType<typeof entrySchema>>;

/** Nothing that is stored can be used to try out guesses at a prompt without the idempotency key. */
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

/**
 * Keeps one item for each client and key: a claim that expires when its sandbox must have ended, then the answer. Each
 * write depends on what was there before, so that of any number of sandboxes one has the claim.
 */
export function createIdempotencyClaims(table: StateTable, clock: Pick<Clock, 'now'>): IdempotencyClaims {
  const ask = <T>(call: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> => {
    const signal = AbortSignal.timeout(timeoutMs);
    return settleOrAbort(call(signal), signal);
  };

  const createClosing = ({ itemKey, fingerprint, sealingKey }: RequestIdentity, version: string): ClaimClosing => ({
    keep: async (answer, timeoutMs) => {
      const sealed = answer && (await sealAnswer(answer, sealingKey));
      const entry: Entry =
        sealed === undefined || sealed.length > longestSealedAnswer
          ? { state: 'too_long', fingerprint }
          : { state: 'answered', fingerprint, answer: sealed };
      const options = { expiresAtSeconds: toSeconds(clock.now() + answerLifetimeMs), replaces: version };
      const write = (signal: AbortSignal) => table.write(itemKey, JSON.stringify(entry), options, signal);
      return (await ask(write, timeoutMs)) !== undefined;
    },
    release: () => ask((signal) => table.remove(itemKey, version, signal), releaseTimeoutMs),
  });

  const describe = async ({ value }: StateItem, identity: RequestIdentity): Promise<RequestClaim> => {
    const entry = entrySchema().parse(parseJson(value));
    if (entry.fingerprint !== identity.fingerprint) return { kind: 'reused' };
    if (entry.state === 'claimed') return { kind: 'busy' };
    if (entry.state === 'too_long') return { kind: 'too_long' };
    return { kind: 'answered', answer: await openAnswer(entry.answer, identity.sealingKey) };
  };

  const claim = async (identity: RequestIdentity, deadlineMs: number): Promise<RequestClaim> => {
    const { itemKey, fingerprint } = identity;
    const own = JSON.stringify({ state: 'claimed', fingerprint, nonce: randomUUID() } satisfies Entry);
    // Half of the time, for what fails is followed by a read. Whoever leaves ends neither: the claim would stay.
    const findTimeoutMs = (): number =>
      Math.max(shortestTimeoutMs, Math.min(tableTimeoutMs, Math.floor((deadlineMs - clock.now()) / 2)));
    let failure: unknown;
    try {
      const options = { expiresAtSeconds: toSeconds(deadlineMs + leaseMarginMs) };
      const version = await ask((signal) => table.write(itemKey, own, options, signal), findTimeoutMs());
      if (version !== undefined) return { kind: 'claimed', ...createClosing(identity, version) };
    } catch (error) {
      failure = error;
    }
    const found = await ask((signal) => table.read(itemKey, signal), findTimeoutMs());
    if (found === undefined) {
      if (failure !== undefined) throw failure;
      // Released in this very moment: whoever asks again finds out.
      return { kind: 'busy' };
    }
    // No answer came to the write, but it was made.
    if (found.value === own) return { kind: 'claimed', ...createClosing(identity, found.version) };
    return describe(found, identity);
  };

  return {
    claim: async (identity, deadlineMs) => {
      try {
        return await claim(identity, deadlineMs);
      } catch (error) {
        const message = 'Whether this Idempotency-Key was used before could not be found out; nothing was charged';
        throw new GatewayError('idempotency_unavailable', message, { cause: error });
      }
    },
  };
}

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
