// The body of a request as text: without its Content-Encoding, and within the size limit.
import type { ZlibOptions } from 'node:zlib';
import { GatewayError } from '../core/errors.ts';
import type { HttpRequest } from '../core/http.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The codings that are read, as the header `Accept-Encoding` of a refusal has them (RFC 9110, section 12.5.3). */
export const readableEncodings = 'gzip, deflate, br, identity';

/**
 * The body as text, without a byte order mark if it has one. A body that was compressed with gzip, deflate or br is
 * decoded; the limit is for its decoded bytes.
 *
 * @throws GatewayError `body_too_large` before anything is parsed, `unsupported_encoding` for another Content-Encoding,
 * `invalid_argument` when the bytes are not of that coding, `invalid_json` when they are not UTF-8.
 */
export function readBodyText(request: Pick<HttpRequest, 'body' | 'headers'>, maxBodyBytes: number): string {
  if (request.body.length > maxBodyBytes) {
    const message = `The request body has ${request.body.length} bytes; the limit is ${maxBodyBytes}`;
    throw new GatewayError('body_too_large', message);
  }
  const body = decodeContent(request, maxBodyBytes);
  try {
    return utf8.decode(body);
  } catch {
    throw new GatewayError('invalid_json', 'Invalid JSON: the body is not UTF-8');
  }
}

function decodeContent({ body, headers }: Pick<HttpRequest, 'body' | 'headers'>, maxBodyBytes: number): Buffer {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return body;
  const decode = findDecoder(coding);
  if (decode === undefined) {
    // Shown only if it looks like a coding: the header may contain anything.
    const name = /^[\w.+-]{1,40}$/.test(coding) ? coding : 'of this form';
    const message = `A body with the Content-Encoding ${name} cannot be read; send it with one of ${readableEncodings}`;
    throw new GatewayError('unsupported_encoding', message);
  }
  try {
    return decode(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (Error.isError(error) && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `The request body has more than ${maxBodyBytes} bytes once it is decoded, which is the limit`;
      throw new GatewayError('body_too_large', message);
    }
    const message = `Invalid Argument: the body cannot be decoded as ${coding}, which its Content-Encoding names`;
    throw new GatewayError('invalid_argument', message);
  }
}

/** zlib is taken here and not imported: few requests are compressed, and a cold start does not pay for it. */
function findDecoder(coding: string): ((body: Buffer, options: ZlibOptions) => Buffer) | undefined {
  const { brotliDecompressSync, gunzipSync, inflateSync } = process.getBuiltinModule('node:zlib');
  if (coding === 'gzip' || coding === 'x-gzip') return gunzipSync;
  if (coding === 'deflate') return inflateSync;
  return coding === 'br'
    ? (body, { maxOutputLength }) => brotliDecompressSync(body, { maxOutputLength: maxOutputLength ?? 0 })
    : undefined;
}
