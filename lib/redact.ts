// The one place where secrets are taken out of what others have written.
import { GatewayError } from './errors.ts';

const replacement = '[redacted]';

/** Credentials by their form: query parameters and Authorization values. */
const credentialForms = [
  /\b(access_token|client_secret|client_id|refresh_token)["']?\s*[=:]\s*["']?[^&\s"']+/gi,
  /\b(Bearer)\s+[\w.~+/=-]+/gi,
  /\b(bce-auth-v[0-9])\/[^\s"']+/gi,
];

/** Replaces the given secrets, and whatever has the form of a credential. */
export function redactText(text: string, secrets: readonly string[]): string {
  let redacted = text;
  // The longest first: one secret may begin with another.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret !== '') redacted = redacted.replaceAll(secret, replacement);
  }
  for (const form of credentialForms) redacted = redacted.replace(form, `$1=${replacement}`);
  return redacted;
}

/** Returns the error as it is when its message holds no credential, else the same error with a redacted message. */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof GatewayError)) return error;
  const message = redactText(error.message, secrets);
  if (message === error.message) return error;
  const { code, errorCode, parameter, retryAfterSeconds, cause } = error;
  return new GatewayError(code, message, {
    errorCode,
    ...(parameter === undefined ? {} : { parameter }),
    retryAfterSeconds,
    cause,
  });
}
