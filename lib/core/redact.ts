// Redacts secrets from texts and error messages. Nothing else in the code base does.
import { changeError, GatewayError } from './errors.ts';

const replacement = '[redacted]';

/** Credentials by their form: query parameters and Authorization values. */
const credentialForms = [
  /\b(access_token|client_secret|client_id|refresh_token)["']?\s*[=:]\s*["']?[^&\s"']+/gi,
  /\b(Bearer)\s+[\w.~+/=-]+/gi,
  /\b(bce-auth-v[0-9])\/[^\s"']+/gi,
];

/** Replaces the given secrets, however they are percent-encoded, and whatever has the form of a credential. */
export function redactText(text: string, secrets: readonly string[]): string {
  let redacted = text;
  // The longest first: one secret may begin with another.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret !== '') redacted = redactSecret(redacted, secret);
  }
  for (const form of credentialForms) redacted = redacted.replace(form, `$1=${replacement}`);
  return redacted;
}

/** A character of a secret, as it is and percent-encoded in capital letters. */
interface Spelling {
  readonly literal: string;
  readonly encoded: string;
}

/** A query brings a key back encoded, by rules that differ in what they leave as it is: so each character may be both. */
function redactSecret(text: string, secret: string): string {
  const spellings = Array.from(secret, (literal): Spelling => ({ literal, encoded: percentEncode(literal) }));
  let redacted = '';
  for (let start = 0; start < text.length;) {
    // Of a percent sign both can be true.
    const end = findEnd(text, start, spellings, true) ?? findEnd(text, start, spellings, false);
    redacted += end === undefined ? text.charAt(start) : replacement;
    start = end ?? start + 1;
  }
  return redacted;
}

/** Returns where the secret ends that begins at `start`; undefined when it does not. */
function findEnd(
  text: string,
  start: number,
  spellings: readonly Spelling[],
  isPercentEncoded: boolean,
): number | undefined {
  let at = start;
  for (const { literal, encoded } of spellings) {
    const mayBeEncoded = text[at] === '%' && (isPercentEncoded || literal !== '%');
    if (mayBeEncoded && text.slice(at, at + encoded.length).toUpperCase() === encoded) at += encoded.length;
    else if (text.startsWith(literal, at)) at += literal.length;
    else if (literal === ' ' && text[at] === '+') at += 1;
    else return undefined;
  }
  return at;
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .toUpperCase();
}

/** What callers are told at most of what others have written. */
const longestMessage = 1_000;

/**
 * Returns the error with a redacted message, shortened last: half a credential would not be found. An error whose message
 * stays the same is returned as it is.
 */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = redactText(error.message, secrets).slice(0, longestMessage);
  return message === error.message ? error : changeError(error, { message });
}
