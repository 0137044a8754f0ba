// Secrets that are needed one after the other, read at the same time.
import { settleOrAbort } from '../core/settle-or-abort.ts';
import type { Clock } from '../core/clock.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';

export interface ReadAheadOptions {
  /** The secrets that the first request of a sandbox needs. */
  readonly secretIds: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

/** Bounds a read that nobody waits for yet. */
const readTimeoutMs = 10_000;
/** What was read before may have been replaced meanwhile. */
const lifetimeMs = 5_000;

/**
 * Begins to read the other secrets along with the first one. Each such read is given once, to whoever asks for that secret
 * within 5 s; a failure is told to them, too. From then on, and for all other secrets, the store is asked.
 */
export function withReadAhead(store: SecretStore, { secretIds, clock }: ReadAheadOptions): SecretStore {
  let ahead: Map<string, Promise<StoredSecret | undefined>> | undefined;
  let begunAtMs = 0;

  const begin = (secretId: string): Promise<StoredSecret | undefined> => {
    const reading = store.read(secretId, AbortSignal.timeout(readTimeoutMs));
    // Without this, a failure before anybody asks would end the process.
    reading.catch(() => undefined);
    return reading;
  };

  return {
    read: async (secretId, signal) => {
      if (ahead === undefined) {
        const reading = store.read(secretId, signal);
        begunAtMs = clock.now();
        ahead = new Map(secretIds.filter((id) => id !== secretId).map((id) => [id, begin(id)]));
        return reading;
      }
      const reading = clock.now() - begunAtMs < lifetimeMs ? ahead.get(secretId) : undefined;
      ahead.delete(secretId);
      return reading === undefined ? store.read(secretId, signal) : settleOrAbort(reading, signal);
    },
    write: (secretId, value) => store.write(secretId, value),
  };
}
