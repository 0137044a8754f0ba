// Verifies a bce-auth-v1 signature, and accepts the known deviations of the official Qianfan SDKs.
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

/** The clock skew that is allowed, before the timestamp and after the expiry. */
const clockSkewMs = 300_000;
/** How much later than the signature's timestamp the `x-bce-date` of the Java SDK may be. */
const maxDateDriftMs = 2000;

/**
 * Verifies a request with the secret of its `accessKeyId`, at `nowMs` (epoch milliseconds). `malformed` means that the
 * timestamp is not a real time, `host_not_signed` that the host is not among the signed headers; all official SDKs sign
 * it.
 *
 * The time window is that of the Authorization string; `x-bce-date` counts only as a signed header. Two deviations of
 * SDKs are accepted: Go and Java sign the host without the port that they send. Java reads the clock separately for the
 * signature and for the header, so the `x-bce-date` it sends may be up to 2 s later than the one it signed.
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

/** Lists the headers as they were sent, and as an SDK may have signed them instead. */
function signableHeaders(headers: Headers, timestamp: string, timestampMs: number): readonly Headers[] {
  const withDates = withVariant(headers, 'x-bce-date', (sent) => {
    const driftMs = (parseTimestamp(sent) ?? Number.NaN) - timestampMs;
    return driftMs > 0 && driftMs <= maxDateDriftMs ? timestamp : sent;
  });
  return withDates.flatMap((variant) => withVariant(variant, 'host', (sent) => sent.replace(/:[0-9]{1,5}$/, '')));
}

/** Returns the headers and, if `change` alters the named one, a second set with that header altered. */
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
