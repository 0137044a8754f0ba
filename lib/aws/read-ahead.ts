// Reads in parallel the secrets that the first request needs one after the other.
import { settleOrAbort } from '../core/settle-or-abort.ts';
import type { Clock } from '../core/clock.ts';
import type { SecretStore, StoredSecret } from '../core/secret-store.ts';

export interface ReadAheadOptions {
  /** The secrets that the first request of a sandbox needs. */
  readonly secretIds: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

/** The time limit of a read that was started ahead. */
const readTimeoutMs = 10_000;
/** How long a read that was started ahead is used. After that the secret may have changed. */
const lifetimeMs = 5_000;

/**
 * Returns a store that starts to read the other secrets when the first one is asked for. The first call for such a secret
 * within 5 s gets the result of that read, even if it is a failure. All other calls go to the given store.
 */
export function withReadAhead(store: SecretStore, { secretIds, clock }: ReadAheadOptions): SecretStore {
  let ahead: Map<string, Promise<StoredSecret | undefined>> | undefined;
  let begunAtMs = 0;

  const begin = (secretId: string): Promise<StoredSecret | undefined> => {
    const reading = store.read(secretId, AbortSignal.timeout(readTimeoutMs));
    // Without this, a failure before anybody asks would be an unhandled rejection and end the process.
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
