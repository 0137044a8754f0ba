// Keys that are read once, kept, and read again when the upstream refuses them.
import { settleOrAbort } from '../../core/settle-or-abort.ts';
import type { OutgoingRequest } from '../../http-client/transport.ts';
import type { Credentials, HeldCredential } from './credentials.ts';

export interface HeldKeyOptions<Key> {
  readonly read: (signal: AbortSignal) => Promise<Key>;
  readonly isSame: (one: Key, other: Key) => boolean;
  readonly authorize: (request: OutgoingRequest, key: Key) => OutgoingRequest;
  readonly secretsOf: (key: Key) => readonly string[];
}

/** The limit of a read, which concurrent requests share. */
const readTimeoutMs = 10_000;

/** Keeps what `read` returned. A read that failed is made again for the next request. */
export function holdCredential<Key>(kind: Credentials['kind'], options: HeldKeyOptions<Key>): Credentials {
  const { read, isSame, authorize, secretsOf } = options;
  let reading: Promise<Key> | undefined;
  const get = async (signal: AbortSignal): Promise<Key> => {
    const current = (reading ??= read(AbortSignal.timeout(readTimeoutMs)));
    try {
      return await settleOrAbort(current, signal);
    } catch (error) {
      if (reading === current && !signal.aborted) reading = undefined;
      throw error;
    }
  };
  const hold = (key: Key): HeldCredential => ({
    authorize: (request) => authorize(request, key),
    secrets: secretsOf(key),
    replace: async (signal) => {
      reading = undefined;
      const current = await get(signal);
      return isSame(current, key) ? undefined : hold(current);
    },
  });
  return { kind, get: async (signal) => hold(await get(signal)) };
}
