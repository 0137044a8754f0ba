// Authenticates with a token that the token-refresh function keeps fresh, and recovers once from a refusal.
import type { AccessTokens } from '../token/access-tokens.ts';
import type { Answer } from './answer.ts';
import type { Send } from './send.ts';
import { sendRedacted } from './send-redacted.ts';
import type { OutgoingRequest } from './transport.ts';

export interface RefreshedTokenOptions {
  readonly tokens: AccessTokens;
  /** Puts the token into a request. */
  readonly authorize: (request: OutgoingRequest, token: string) => OutgoingRequest;
  /** Whether an error means that the upstream refuses the token. */
  readonly isRejected: (error: unknown) => boolean;
}

/** Adds the token. When the upstream refuses it, the request is replayed once with another one. */
export function withRefreshedToken(send: Send, { tokens, authorize, isRejected }: RefreshedTokenOptions): Send {
  return async (request, call) => {
    const sendWith = (token: string): Promise<Answer> => sendRedacted(send, authorize(request, token), call, token);
    const token = await tokens.get(call.signal);
    try {
      return await sendWith(token.value);
    } catch (error) {
      if (!isRejected(error)) throw error;
    }
    const replacement = await tokens.replace(token, call.signal);
    return sendWith(replacement.value);
  };
}
