// Parses a bce-auth-v1 Authorization string: six fields separated by slashes, each of which is checked.

/** The fields of an Authorization string. Their form has been checked, the signature has not. */
export interface Authorization {
  readonly accessKeyId: string;
  /** UTC, `YYYY-MM-DDThh:mm:ssZ`. */
  readonly timestamp: string;
  readonly expirationInSeconds: number;
  /** Lower case, in the order sent; empty when the default set is signed. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hexadecimal digits. */
  readonly signature: string;
}

/** Why a text is no valid Authorization string. `not_bce_auth_v1` may be another scheme; the others name the bad field. */
export type AuthorizationFault =
  | 'not_bce_auth_v1'
  | 'too_long'
  | 'bad_field_count'
  | 'bad_access_key_id'
  | 'bad_timestamp'
  | 'bad_expiration'
  | 'bad_signed_headers'
  | 'bad_signature';

const maxLength = 4096;
const maxExpirationInSeconds = 86_400;

/** Parses an Authorization header. It may have at most 4096 characters and an expiration of at most 86400 s. */
export function parseAuthorization(text: string): Authorization | AuthorizationFault {
  if (!text.startsWith('bce-auth-v1/')) return 'not_bce_auth_v1';
  if (text.length > maxLength) return 'too_long';
  const fields = text.split('/');
  if (fields.length !== 6) return 'bad_field_count';
  const [, accessKeyId = '', timestamp = '', expiration = '', headerNames = '', signature = ''] = fields;

  if (!/^[\x21-\x7e]+$/.test(accessKeyId)) return 'bad_access_key_id';
  if (parseTimestamp(timestamp) === undefined) return 'bad_timestamp';
  // The number is signed as a text. Spellings such as 01800 are refused, because the number would be written differently.
  if (!/^[1-9][0-9]{0,4}$/.test(expiration) || Number(expiration) > maxExpirationInSeconds) return 'bad_expiration';
  const signedHeaders = headerNames === '' ? [] : headerNames.toLowerCase().split(';');
  if (!signedHeaders.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) return 'bad_signed_headers';
  if (!/^[0-9a-f]{64}$/.test(signature)) return 'bad_signature';
  return { accessKeyId, timestamp, expirationInSeconds: Number(expiration), signedHeaders, signature };
}

/** Epoch milliseconds of a `YYYY-MM-DDThh:mm:ssZ` that names a real moment. */
export function parseTimestamp(text: string): number | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)) return undefined;
  const timestampMs = Date.parse(text);
  // Date.parse accepts 30 February and returns a day in March.
  const isReal = !Number.isNaN(timestampMs) && new Date(timestampMs).toISOString().startsWith(text.slice(0, 19));
  return isReal ? timestampMs : undefined;
}
