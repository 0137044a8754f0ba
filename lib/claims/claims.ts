// Claims on the keys of a state table: of all processes that share the table, one works at a key at a time.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { parseJson } from '../core/json.ts';
import { settleOrAbort } from '../core/settle-or-abort.ts';
import type { StateTable } from '../core/state-table.ts';

/** What a key holds: a JSON object, which the room that claims defines. Its field `nonce` is used here. */
export type ClaimEntry = Readonly<Record<string, string | number>>;

export interface ClaimOptions {
  /** Epoch milliseconds from which the claim no longer holds, so that a process that dies does not keep the key. */
  readonly expiresAtMs: number;
  /**
   * Epoch milliseconds by which the answer is needed. A claim asks the table twice at most, each time for half of the
   * time that is left, but for 250 ms at least and 3 s at most.
   */
  readonly deadlineMs: number;
  /** The version of a found entry that is to be taken over. Absent: the key must be free. */
  readonly replaces?: string;
}

/** What came of a claim. */
export type ClaimOutcome =
  /** The key is the caller's. In the end it settles or releases the claim, once. */
  | ({ readonly kind: 'held' } & HeldClaim)
  /** Somebody else has the key, with this entry. */
  | { readonly kind: 'taken'; readonly found: FoundEntry }
  /** Somebody else had the key and released it just now. Another claim may succeed. */
  | { readonly kind: 'vanished' };

export interface FoundEntry {
  /** As JSON; undefined when it is none. */
  readonly entry: unknown;
  readonly version: string;
}

/** A claim that was made. Its calls do nothing when it has expired and somebody else has taken the key over. */
export interface HeldClaim {
  /**
   * Puts what is to be known from now on in place of the claim.
   *
   * @returns false when somebody else has taken the key over.
   * @throws what the table throws, or a TimeoutError after `timeoutMs`. The entry may have been written all the same.
   */
  settle(entry: ClaimEntry, options: { readonly expiresAtMs: number; readonly timeoutMs: number }): Promise<boolean>;
  /** Frees the key. Throws as {@link settle} does. */
  release(timeoutMs: number): Promise<void>;
}

export interface Claims {
  /**
   * Claims a key.
   *
   * @throws what the table throws, or a TimeoutError, when neither a write nor a read tells whose the key is. The claim
   * may have been made all the same; nobody holds it then, and it ends with its expiry.
   */
  claim(key: string, entry: ClaimEntry, options: ClaimOptions): Promise<ClaimOutcome>;
}

const longestAskMs = 3_000;
const shortestAskMs = 250;

/**
 * Creates claims on a table. A claim is one conditional write. When the write fails, or finds the key taken, a read tells
 * whose entry is there: it may be the caller's own, because the answer to a write can be lost.
 */
export function createClaims(table: StateTable, clock: Pick<Clock, 'now' | 'timeout'>): Claims {
  const ask = <T>(call: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> => {
    const signal = clock.timeout(timeoutMs);
    return settleOrAbort(call(signal), signal);
  };
  const hold = (key: string, version: string): ClaimOutcome => ({
    kind: 'held',
    settle: async (entry, { expiresAtMs, timeoutMs }) => {
      const options = { expiresAtSeconds: toSeconds(expiresAtMs), replaces: version };
      const written = await ask((signal) => table.write(key, JSON.stringify(entry), options, signal), timeoutMs);
      return written !== undefined;
    },
    release: (timeoutMs) => ask((signal) => table.remove(key, version, signal), timeoutMs),
  });

  return {
    claim: async (key, entry, { expiresAtMs, deadlineMs, replaces }) => {
      const own = JSON.stringify({ ...entry, nonce: randomUUID() });
      const findTimeoutMs = (): number =>
        Math.max(shortestAskMs, Math.min(longestAskMs, Math.floor((deadlineMs - clock.now()) / 2)));
      const options = { expiresAtSeconds: toSeconds(expiresAtMs), ...(replaces === undefined ? {} : { replaces }) };
      let failure: unknown;
      try {
        const version = await ask((signal) => table.write(key, own, options, signal), findTimeoutMs());
        if (version !== undefined) return hold(key, version);
      } catch (error) {
        failure = error;
      }
      const found = await ask((signal) => table.read(key, signal), findTimeoutMs());
      if (found?.value === own) return hold(key, found.version);
      const isStillToBeTaken = found === undefined || found.version === replaces;
      if (failure !== undefined && isStillToBeTaken) throw failure;
      if (found === undefined) return { kind: 'vanished' };
      return { kind: 'taken', found: { entry: parseJson(found.value), version: found.version } };
    },
  };
}

/** An item must not expire before its time. */
function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
