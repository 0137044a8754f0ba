// Redacts secrets from texts and error messages. All redaction is done here.
import { changeError, GatewayError } from './errors.ts';

const replacement = '[redacted]';

/** Credentials by their form: query parameters and Authorization values. */
const credentialForms = [
  /\b(access_token|client_secret|client_id|refresh_token)["']?\s*[=:]\s*["']?[^&\s"']+/gi,
  /\b(Bearer)\s+[\w.~+/=-]+/gi,
  /\b(bce-auth-v[0-9])\/[^\s"']+/gi,
];

/** Replaces the given secrets, percent-encoded or not, and everything that has the form of a credential. */
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

/** Encoders of queries differ in which characters they leave unencoded, so each character is matched in both spellings. */
function redactSecret(text: string, secret: string): string {
  const spellings = Array.from(secret, (literal): Spelling => ({ literal, encoded: percentEncode(literal) }));
  let redacted = '';
  for (let start = 0; start < text.length;) {
    // A percent sign may be a character of the secret or begin an encoded one, so both readings are tried.
    const end = findEnd(text, start, spellings, true) ?? findEnd(text, start, spellings, false);
    redacted += end === undefined ? text.charAt(start) : replacement;
    start = end ?? start + 1;
  }
  return redacted;
}

/** Returns the end of the secret if it begins at `start`, otherwise undefined. */
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

/** The most characters of an error message that a caller is shown. */
const longestMessage = 1_000;

/**
 * Returns the error with its message redacted and then shortened. The order matters: a credential cut in half would not
 * be recognised. An error whose message stays the same is returned as it is.
 */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = redactText(error.message, secrets).slice(0, longestMessage);
  return message === error.message ? error : changeError(error, { message });
}
