// Credentials that are read once and kept, and read again when they are refused.
import { settleOrAbort } from '../core/settle-or-abort.ts';
import type { CredentialSource } from './credentials.ts';

/** Bounds the read that concurrent requests share. */
const readTimeoutMs = 10_000;

/** Keeps what `read` returned. A read that failed is made again for the next request. */
export function createHeldCredentials<Credentials>(
  read: (signal: AbortSignal) => Promise<Credentials>,
  isSame: (one: Credentials, other: Credentials) => boolean,
): CredentialSource<Credentials> {
  let reading: Promise<Credentials> | undefined;
  const get = async (signal: AbortSignal): Promise<Credentials> => {
    const current = (reading ??= read(AbortSignal.timeout(readTimeoutMs)));
    try {
      return await settleOrAbort(current, signal);
    } catch (error) {
      if (reading === current && !signal.aborted) reading = undefined;
      throw error;
    }
  };
  return {
    get,
    replace: async (refused, signal) => {
      reading = undefined;
      const current = await get(signal);
      return isSame(current, refused) ? undefined : current;
    },
  };
}
