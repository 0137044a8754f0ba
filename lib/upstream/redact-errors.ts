// Keeps credentials and prompts out of the error messages of upstreams, which go on to callers.
import { changeError, GatewayError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

const quotedLength = 16;
const step = 4;
/** A shorter prompt may occur in any message by chance. */
const shortestPrompt = 8;

/**
 * Returns the error as a caller may see it. A message that quotes one of the prompts, whole or at least 19 characters of it in
 * a row, is withheld; the code and the numbers stay. Secrets, and whatever looks like a credential, are removed
 * from other messages. Anything but a GatewayError is returned as it is.
 *
 * @param secrets The credentials that the request was sent with.
 * @param prompts What the caller and the gateway have written: the prompt, and a suffix.
 */
export function redactErrors(error: unknown, secrets: readonly string[], prompts: readonly string[]): unknown {
  if (!(error instanceof GatewayError)) return error;
  if (!prompts.some((prompt) => isQuoted(error.message, prompt))) return redact(error, secrets);
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
