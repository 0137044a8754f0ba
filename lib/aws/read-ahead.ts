// Reads in parallel the secrets that the first request needs one after the other.
import { settleOrAbort } from '../core/settle-or-abort.ts';
import type { Clock } from '../core/clock.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';

export interface ReadAheadOptions {
  /** The secrets that the first request of a sandbox needs. */
  readonly secretIds: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

export interface ReadAheadStore extends SecretStore {
  /**
   * Reads the secrets of the options, for whoever asks for them within 5 s, and resolves when that is done. What has no
   * value yet is not kept. Rejects when one of them cannot be read, or with the signal's reason when that aborts first: what
   * has been read by then is kept all the same, and the rest is read when it is asked for.
   */
  prepare(signal: AbortSignal): Promise<void>;
}

/** The time limit of a read that was started ahead. */
const readTimeoutMs = 10_000;
/** How long a read that was started ahead is used. After that the secret may have changed. */
const lifetimeMs = 5_000;

/**
 * Begins to read the other secrets along with the first one, unless they have been prepared. Each such read is given once,
 * to whoever asks for that secret within 5 s; a failure is told to them, too. From then on, and for all other secrets, the
 * store is asked.
 */
export function withReadAhead(store: SecretStore, { secretIds, clock }: ReadAheadOptions): ReadAheadStore {
  let ahead: Map<string, Promise<StoredSecret | undefined>> | undefined;
  let begunAtMs = 0;
  let isFirst = true;

  const isFresh = (): boolean => clock.now() - begunAtMs < lifetimeMs;
  const begin = (secretId: string): Promise<StoredSecret | undefined> => {
    const reading = store.read(secretId, AbortSignal.timeout(readTimeoutMs));
    // Without this, a failure before anybody asks would be an unhandled rejection and end the process.
    reading.catch(() => undefined);
    return reading;
  };

  return {
    prepare: async (signal) => {
      const startedAtMs = clock.now();
      const kept = new Map<string, Promise<StoredSecret | undefined>>();
      const readings = secretIds.map(async (secretId) => {
        const reading = store.read(secretId, signal);
        if ((await reading) !== undefined) kept.set(secretId, reading);
      });
      try {
        const results = await settleOrAbort(Promise.allSettled(readings), signal);
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      } finally {
        // With none, the first request is to read all of them at the same time.
        if (kept.size > 0) {
          ahead = new Map(kept);
          begunAtMs = startedAtMs;
        }
      }
    },
    read: async (secretId, signal) => {
      if (isFirst && (ahead === undefined || !isFresh())) {
        isFirst = false;
        const reading = store.read(secretId, signal);
        begunAtMs = clock.now();
        ahead = new Map(secretIds.filter((id) => id !== secretId).map((id) => [id, begin(id)]));
        return reading;
      }
      isFirst = false;
      if (!isFresh()) ahead?.clear();
      const reading = ahead?.get(secretId);
      ahead?.delete(secretId);
      return reading === undefined ? store.read(secretId, signal) : settleOrAbort(reading, signal);
    },
    write: (secretId, value) => store.write(secretId, value),
  };
}
