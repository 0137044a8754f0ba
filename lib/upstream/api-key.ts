// Authenticates to an OpenAI-compatible upstream with a Bearer key from a secret.
import { GatewayError } from '../core/errors.ts';
import { withCredentials } from './credentials.ts';
import { createHeldCredentials } from './held-credentials.ts';
import type { Send } from './send.ts';

/** Reads the key anew; undefined for an upstream that wants none. */
export type ReadApiKey = (signal: AbortSignal) => Promise<string | undefined>;

/** Adds the key. When the upstream refuses it, a rotated key replays the request once. */
export function withApiKey(send: Send, readKey: ReadApiKey): Send {
  return withCredentials(send, {
    source: createHeldCredentials(readKey, (one, other) => one === other),
    authorize: (request, key) =>
      key === undefined ? request : { ...request, headers: { ...request.headers, Authorization: `Bearer ${key}` } },
    secretOf: (key) => key ?? '',
    isRefused: (error) => error instanceof GatewayError && error.code === 'upstream_auth_failed',
  });
}
