// Finds the entries of the error table that an error in an answer can be.
import type { AnswerError } from '../call/answer.ts';
import type { ErrorEntry } from '../catalog/catalog.ts';

/** Parts of the gateway's messages that tell errors with the same number apart, the most specific first. */
export const phrases: readonly (readonly [code: string, phrase: string])[] = [
  ['client_requests_limit', 'This client may send'],
  ['client_tokens_limit', 'This client may use'],
  ['upstream_idle_timeout', ' s in the middle of the stream'],
  ['upstream_timeout', 'was silent'],
  ['upstream_timeout', 'sent no text'],
  ['upstream_truncated', 'broke in the middle of the stream'],
  ['upstream_truncated', 'ended the stream before the completion was whole'],
  ['upstream_circuit_open', 'has failed repeatedly and is left alone'],
  ['upstream_connect_failed', 'Could not connect to'],
  ['upstream_unreachable', 'Could not reach'],
  ['upstream_unreachable', 'closed the connection before it had answered'],
  ['upstream_http_error', 'The upstream answered HTTP'],
  ['upstream_rejected', 'The upstream answered HTTP'],
  ['upstream_answer_too_large', 'The upstream sent a body of more than'],
  ['upstream_invalid_response', 'The upstream sent an event that is not JSON'],
  ['sign_in_unavailable', 'The keys of the token issuer cannot be read'],
  ['route_not_found', 'nothing is served at'],
];

/** Returns the entries with the answer's code, or otherwise its number, the likeliest first. Empty for an unknown error. */
export function findErrors(
  errors: readonly ErrorEntry[],
  { code, errorCode, message }: AnswerError,
): readonly ErrorEntry[] {
  const byCode = errors.filter((entry) => entry.code === code);
  if (byCode.length > 0) return byCode;
  const byNumber = errors.filter((entry) => entry.errorCode === errorCode);
  const isOf = (entry: ErrorEntry, [phraseCode, phrase]: (typeof phrases)[number]): boolean =>
    phraseCode === entry.code && message.includes(phrase);
  const told = phrases.flatMap((phrase) => byNumber.filter((entry) => isOf(entry, phrase)));
  return [...new Set([...told, ...byNumber])];
}
