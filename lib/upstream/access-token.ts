// Authenticates to Qianfan with an access_token in the query, and recovers once from a token it refuses.
import { GatewayError } from '../errors.ts';
import { redact } from '../redact.ts';
import type { AccessTokens } from '../token/access-tokens.ts';
import type { Answer } from './answer.ts';
import type { Send } from './send.ts';

const rejectedTokenCodes: ReadonlySet<string> = new Set([
  'access_token_malformed',
  'access_token_invalid',
  'access_token_expired',
]);

/** Adds the token. When Qianfan answers 100, 110 or 111, the request is replayed once with another token. */
export function withAccessToken(send: Send, tokens: AccessTokens): Send {
  return async (request, call) => {
    const sendWith = async (token: string): Promise<Answer> => {
      const url = new URL(request.url);
      url.searchParams.set('access_token', token);
      try {
        return await send({ ...request, url }, call);
      } catch (error) {
        throw redact(error, [token]);
      }
    };
    const token = await tokens.get(call.signal);
    try {
      return await sendWith(token.value);
    } catch (error) {
      if (!isTokenRejected(error)) throw error;
    }
    const replacement = await tokens.replace(token, call.signal);
    return sendWith(replacement.value);
  };
}

function isTokenRejected(error: unknown): boolean {
  return error instanceof GatewayError && rejectedTokenCodes.has(error.code);
}
