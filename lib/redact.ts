// The one place where secrets are taken out of what others have written.
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
    const end = findEnd(text, start, spellings, 0);
    redacted += end === undefined ? text.charAt(start) : replacement;
    start = end ?? start + 1;
  }
  return redacted;
}

/** Returns where the secret ends whose rest, from `index` on, begins at `start`; undefined when it does not. */
function findEnd(text: string, start: number, spellings: readonly Spelling[], index: number): number | undefined {
  const spelling = spellings[index];
  if (spelling === undefined) return start;
  const { literal, encoded } = spelling;
  const isEncoded = text[start] === '%' && text.slice(start, start + encoded.length).toUpperCase() === encoded;
  const isLiteral = text.startsWith(literal, start) || (literal === ' ' && text[start] === '+');
  // Of a percent sign both can be true.
  const end = isEncoded ? findEnd(text, start + encoded.length, spellings, index + 1) : undefined;
  return end ?? (isLiteral ? findEnd(text, start + literal.length, spellings, index + 1) : undefined);
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .toUpperCase();
}

/** Returns the error as it is when its message holds no credential, else the same error with a redacted message. */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = redactText(error.message, secrets);
  return message === error.message ? error : changeError(error, { message });
}
