// Authenticates to an OpenAI-compatible upstream with a Bearer key from a secret.
import { GatewayError } from '../errors.ts';
import { createHeldCredentialsSend } from './held-credentials.ts';
import type { Send } from './send.ts';
import { sendRedacted } from './send-redacted.ts';

/** Reads the key anew; undefined for an upstream that wants none. */
export type ReadApiKey = (signal: AbortSignal) => Promise<string | undefined>;

/** Adds the key. When the upstream refuses it, a rotated key replays the request once. */
export function withApiKey(send: Send, readKey: ReadApiKey): Send {
  return createHeldCredentialsSend<string | undefined>({
    read: readKey,
    isSame: (one, other) => one === other,
    isRefused: (error) => error instanceof GatewayError && error.code === 'upstream_auth_failed',
    sendWith: (key, request, call) => {
      if (key === undefined) return send(request, call);
      const headers = { ...request.headers, Authorization: `Bearer ${key}` };
      return sendRedacted(send, { ...request, headers }, call, key);
    },
  });
}
