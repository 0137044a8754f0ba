// Decodes the Content-Encoding of a response. The gateway asks for none, but some servers and proxies compress anyway.
import type { Readable, Transform } from 'node:stream';
import { GatewayError } from '../core/errors.ts';

/** The codings that are decoded; `x-gzip` is an old name (RFC 9110, section 8.4.1). */
const readable: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br']);

/**
 * Decodes a body as it comes: gzip, deflate (with the header of zlib or without one) and br, one after the other where there
 * are several. A body of no byte at all stays empty.
 *
 * Iterating throws what the body throws, and GatewayError `upstream_invalid_response` when the coding is another one or
 * the bytes are not of that coding.
 *
 * @param contentEncoding The header; undefined or empty when there is none.
 */
export function decodeBody(body: Readable, contentEncoding: string | undefined): AsyncIterable<Uint8Array> {
  const applied = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  return applied.length === 0 ? body : decodeAll(body, applied.toReversed());
}

async function* decodeAll(body: Readable, codings: readonly string[]): AsyncGenerator<Uint8Array> {
  try {
    yield* codings.reduce<AsyncIterable<Uint8Array>>(decodeOne, body);
  } finally {
    // A decoder reads ahead, so a read of the body may be pending, which nothing else ends.
    body.destroy();
  }
}

async function* decodeOne(body: AsyncIterable<Uint8Array>, coding: string): AsyncGenerator<Uint8Array> {
  if (!readable.has(coding)) {
    // Shown only if it looks like a coding: the header may contain anything.
    const name = /^[\w.+-]{1,40}$/.test(coding) ? coding : 'of an unknown form';
    const message = `The upstream answered with the Content-Encoding ${name}, though identity was asked for; gzip, deflate and br can be read`;
    throw new GatewayError('upstream_invalid_response', message);
  }
  const parts = body[Symbol.asyncIterator]();
  const first = await nextFilled(parts);
  if (first === undefined) return;
  const [{ pipeline }, decoder] = await Promise.all([import('node:stream'), createDecoder(coding, first)]);
  let failure: { readonly reason: unknown } | undefined;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield first;
      for (let part = await parts.next(); part.done !== true; part = await parts.next()) yield part.value;
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  };
  // An error destroys the decoder, so the loop below throws it.
  pipeline(source, decoder, () => undefined);
  try {
    for await (const bytes of decoder) yield bytes as Buffer;
  } catch (error) {
    if (failure !== undefined) throw failure.reason;
    const message = `The upstream answered with a body that cannot be decoded as ${coding}`;
    throw new GatewayError('upstream_invalid_response', message, { cause: error });
  }
}

async function nextFilled(parts: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const part = await parts.next();
    if (part.done === true) return undefined;
    if (part.value.length > 0) return part.value;
  }
}

/** Loaded here: nearly no answer is compressed, and the start of a function does not pay for it. */
async function createDecoder(coding: string, [head = 0]: Uint8Array): Promise<Transform> {
  const zlib = await import('node:zlib');
  if (coding === 'br') return zlib.createBrotliDecompress();
  if (coding !== 'deflate') return zlib.createGunzip();
  // The name means the format of zlib, whose first byte names the method 8 and a window of at most 32 KiB (RFC 1950,
  // section 2.2); some servers send what is inside alone.
  return (head & 0x0f) === 8 && head >> 4 <= 7 ? zlib.createInflate() : zlib.createInflateRaw();
}
