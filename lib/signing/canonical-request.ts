// The canonical request of bce-auth-v1: which parts of a request are signed, and in which form.
import { percentDecode, uriEncode, uriEncodeExceptSlash } from './uri-encode.ts';

/** The parts of a request that a signature can cover. The body is not among them. */
export interface SignableRequest {
  readonly method: string;
  /** As on the wire: percent-encoded, with any stage or base path prefix, without the query. */
  readonly path: string;
  /** Decoded names and values. `null` is a name without `=`. */
  readonly query: readonly (readonly [name: string, value: string | null])[];
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The headers that are signed if present when `signedHeaders` is empty, in addition to every `x-bce-*` header. */
const defaultSignedHeaders: readonly string[] = ['host', 'content-length', 'content-type', 'content-md5'];

/**
 * CanonicalRequest: method, URI, query string and headers, each on lines of its own.
 * Source: https://cloud.baidu.com/doc/Reference/s/njwvz1yfu
 */
export function canonicalRequest(request: SignableRequest, signedHeaders: readonly string[]): string {
  return [
    request.method.toUpperCase(),
    canonicalUri(request.path),
    canonicalQueryString(request.query),
    canonicalHeaders(request.headers, signedHeaders),
  ].join('\n');
}

/** CanonicalURI: the path decoded and encoded again, so that all its spellings have the same signature. */
export function canonicalUri(path: string): string {
  const encoded = uriEncodeExceptSlash(percentDecode(path));
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

/** CanonicalQueryString: whole `name=value` pairs in byte order, without `authorization` in any case. */
export function canonicalQueryString(query: SignableRequest['query']): string {
  return query
    .filter(([name]) => name.toLowerCase() !== 'authorization')
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value ?? '')}`)
    .toSorted(compareBytes)
    .join('&');
}

/** CanonicalHeaders: `name:value` lines in byte order; headers without a value are left out. */
export function canonicalHeaders(headers: SignableRequest['headers'], signedHeaders: readonly string[]): string {
  return selectSignedHeaders(headers, signedHeaders)
    .map(([name, value]) => `${uriEncode(name)}:${uriEncode(value)}`)
    .toSorted(compareBytes)
    .join('\n');
}

/**
 * The headers that are signed, with lower-case names and trimmed values: those named by `signedHeaders` or, when it is
 * empty, the default set. A header that is absent or has no value is not signed.
 */
export function selectSignedHeaders(
  headers: SignableRequest['headers'],
  signedHeaders: readonly string[],
): SignableRequest['headers'] {
  const named = new Set(signedHeaders.map((name) => name.toLowerCase()));
  const isSigned = (name: string): boolean =>
    named.size > 0 ? named.has(name) : defaultSignedHeaders.includes(name) || name.startsWith('x-bce-');
  return headers
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name, value]) => value !== '' && isSigned(name));
}

/** Compares encoded texts. They are ASCII, where the order of UTF-16 units is the order of bytes. */
function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
