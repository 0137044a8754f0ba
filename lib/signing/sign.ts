// Signs a request with bce-auth-v1: takes keys and a time, returns the Authorization string.
import { createHmac } from 'node:crypto';
import { canonicalRequest } from './canonical-request.ts';
import type { SignableRequest } from './canonical-request.ts';

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignOptions {
  /** Epoch milliseconds, rounded down to a second. The signature is valid from then on. */
  readonly timestampMs: number;
  /** How long the signature is valid. Default: 1800. */
  readonly expirationInSeconds?: number;
  /**
   * The headers to sign, in the order in which the Authorization string lists them. `[]` leaves the list empty and signs
   * the default set: host, content-length, content-type, content-md5 and every `x-bce-*`.
   */
  readonly signedHeaders: readonly string[];
}

/** The Authorization header of a request. Source: https://cloud.baidu.com/doc/Reference/s/njwvz1yfu */
export function signRequest(
  request: SignableRequest,
  { accessKeyId, secretAccessKey }: SigningCredentials,
  { timestampMs, expirationInSeconds = 1800, signedHeaders }: SignOptions,
): string {
  const prefix = authStringPrefix(accessKeyId, formatTimestamp(timestampMs), expirationInSeconds);
  const key = signingKey(secretAccessKey, prefix);
  const names = signedHeaders.map((name) => name.toLowerCase()).join(';');
  return `${prefix}/${names}/${signature(key, canonicalRequest(request, signedHeaders))}`;
}

/** authStringPrefix: `bce-auth-v1/{accessKeyId}/{timestamp}/{expirationInSeconds}`. */
export function authStringPrefix(accessKeyId: string, timestamp: string, expirationInSeconds: number): string {
  return `bce-auth-v1/${accessKeyId}/${timestamp}/${expirationInSeconds}`;
}

/** SigningKey, as lower-case hexadecimal text: the text itself, not its bytes, is the key of the signature. */
export function signingKey(secretAccessKey: string, prefix: string): string {
  return hmacSha256Hex(secretAccessKey, prefix);
}

/** Signature, as lower-case hexadecimal text. */
export function signature(key: string, canonical: string): string {
  return hmacSha256Hex(key, canonical);
}

/** Formats epoch milliseconds as `YYYY-MM-DDThh:mm:ssZ`, as in `x-bce-date`. Throws RangeError if they are not a date. */
export function formatTimestamp(timestampMs: number): string {
  return `${new Date(timestampMs).toISOString().slice(0, 19)}Z`;
}

function hmacSha256Hex(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
