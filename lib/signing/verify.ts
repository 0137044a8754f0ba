// Verifying a bce-auth-v1 signature, with the latitude that the official Qianfan SDKs need.
import { timingSafeEqual } from 'node:crypto';
import { canonicalRequest, selectSignedHeaders } from './canonical-request.ts';
import type { SignableRequest } from './canonical-request.ts';
import { parseTimestamp } from './parse-authorization.ts';
import type { Authorization } from './parse-authorization.ts';
import { authStringPrefix, signature, signingKey } from './sign.ts';

export type Verification =
  | 'valid'
  | 'malformed'
  | 'not_yet_valid'
  | 'expired'
  | 'host_not_signed'
  | 'signature_mismatch';

type Headers = SignableRequest['headers'];

/** How far the clocks may be apart, before the timestamp and after the expiry. */
const clockSkewMs = 300_000;
/** How much later than the signature the Java SDK may read the clock for the header it sends. */
const maxDateDriftMs = 2000;

/**
 * Verifies a request against the secret of its `accessKeyId`, at `nowMs` (epoch milliseconds). `malformed` means that
 * the timestamp names no moment, `host_not_signed` that the host is left out; all official SDKs sign it.
 *
 * The time window is that of the Authorization string; `x-bce-date` counts only as a signed header. Two deviations of
 * SDKs are accepted: a host signed without the port it was sent with (Go, Java), and an `x-bce-date` sent up to 2 s
 * later than the timestamp that was signed in its place (Java, which reads the clock once for each).
 */
export function verifyAuthorization(
  authorization: Authorization,
  request: SignableRequest,
  secretAccessKey: string,
  nowMs: number,
): Verification {
  const { accessKeyId, timestamp, expirationInSeconds, signedHeaders } = authorization;
  const timestampMs = parseTimestamp(timestamp);
  if (timestampMs === undefined) return 'malformed';
  if (nowMs < timestampMs - clockSkewMs) return 'not_yet_valid';
  if (nowMs > timestampMs + expirationInSeconds * 1000 + clockSkewMs) return 'expired';

  const signsHost = selectSignedHeaders(request.headers, signedHeaders).some(([name]) => name === 'host');
  if (!signsHost) return 'host_not_signed';

  const key = signingKey(secretAccessKey, authStringPrefix(accessKeyId, timestamp, expirationInSeconds));
  const isSigned = signableHeaders(request.headers, timestamp, timestampMs).some((headers) =>
    isEqual(authorization.signature, signature(key, canonicalRequest({ ...request, headers }, signedHeaders))),
  );
  return isSigned ? 'valid' : 'signature_mismatch';
}

/** The headers as sent, and as an SDK may have signed them instead. */
function signableHeaders(headers: Headers, timestamp: string, timestampMs: number): readonly Headers[] {
  const withDates = withVariant(headers, 'x-bce-date', (sent) => {
    const driftMs = (parseTimestamp(sent) ?? Number.NaN) - timestampMs;
    return driftMs > 0 && driftMs <= maxDateDriftMs ? timestamp : sent;
  });
  return withDates.flatMap((variant) => withVariant(variant, 'host', (sent) => sent.replace(/:[0-9]{1,5}$/, '')));
}

/** The headers and, when `change` alters the named one, the headers with that one altered. */
function withVariant(headers: Headers, changedName: string, change: (sent: string) => string): readonly Headers[] {
  const changed = headers.map(
    ([name, value]) => [name, name.toLowerCase() === changedName ? change(value.trim()) : value] as const,
  );
  const isChanged = changed.some(([, value], index) => value !== headers[index]?.[1]);
  return isChanged ? [headers, changed] : [headers];
}

function isEqual(given: string, computed: string): boolean {
  const givenBytes = Buffer.from(given);
  const computedBytes = Buffer.from(computed);
  return givenBytes.length === computedBytes.length && timingSafeEqual(givenBytes, computedBytes);
}
