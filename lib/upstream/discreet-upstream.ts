// Keeps prompts and credentials out of the error messages of upstreams, which go on to callers.
import type { Upstream } from '../core/completion.ts';
import { changeError, GatewayError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';
import { watchItems } from '../core/watch-items.ts';

const quotedLength = 16;
const step = 4;
/** A shorter prompt may stand in any sentence by chance. */
const shortestPrompt = 8;

/**
 * Withholds a message that quotes the prompt, whole or at least 19 characters of it in a row. The code and the numbers
 * of the error stay. Whatever has the form of a credential is taken out of other messages.
 */
export function withDiscretion(upstream: Upstream): Upstream {
  return {
    complete: async (request, call) => {
      try {
        return await upstream.complete(request, call);
      } catch (error) {
        throw withhold(error, request.prompt);
      }
    },
    stream: async (request, call) => {
      try {
        const chunks = await upstream.stream(request, call);
        return watchItems(chunks, { mapError: (error) => withhold(error, request.prompt) });
      } catch (error) {
        throw withhold(error, request.prompt);
      }
    },
  };
}

function withhold(error: unknown, prompt: string): unknown {
  if (!(error instanceof GatewayError) || !isQuoted(error.message, prompt)) return redact(error, []);
  return changeError(error, { message: 'The message of the upstream is withheld: it quotes the prompt' });
}

function isQuoted(message: string, prompt: string): boolean {
  if (prompt.length >= shortestPrompt && message.includes(prompt)) return true;
  // Any 19 characters in a row hold 16 that begin at a multiple of 4. A prompt may be long, so not every place is tried.
  for (let start = 0; start + quotedLength <= message.length; start += step) {
    if (prompt.includes(message.slice(start, start + quotedLength))) return true;
  }
  return false;
}
