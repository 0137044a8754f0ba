// Credentials that are read once and kept, and read again when they are refused.
import type { UpstreamCall } from '../completion.ts';
import { settleOrAbort } from '../settle-or-abort.ts';
import type { Answer } from './answer.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from './transport.ts';

export interface HeldCredentialsOptions<Credentials> {
  /** Reads the credentials anew. */
  readonly read: (signal: AbortSignal) => Promise<Credentials>;
  readonly isSame: (one: Credentials, other: Credentials) => boolean;
  /** Sends a request with them. */
  readonly sendWith: (credentials: Credentials, request: OutgoingRequest, call: UpstreamCall) => Promise<Answer>;
  /** Whether an error of sendWith means that the upstream refuses them. */
  readonly isRefused: (error: unknown) => boolean;
}

/** Bounds the read that concurrent requests share. */
const readTimeoutMs = 10_000;

/**
 * Creates a Send. When the credentials are refused, they are read again, and if they have been rotated the request is
 * replayed once; otherwise the refusal stands. A read that failed is made again for the next request.
 */
export function createHeldCredentialsSend<Credentials>(options: HeldCredentialsOptions<Credentials>): Send {
  const { read, isSame, sendWith, isRefused } = options;
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

  return async (request, call) => {
    const credentials = await get(call.signal);
    try {
      return await sendWith(credentials, request, call);
    } catch (error) {
      if (!isRefused(error)) throw error;
      reading = undefined;
      const rotated = await get(call.signal);
      if (isSame(rotated, credentials)) throw error;
      return sendWith(rotated, request, call);
    }
  };
}
