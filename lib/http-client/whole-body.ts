// Reads the body of a response that is not streamed: whole, within a size limit, and parsed.
import { GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import type { IncomingResponse } from './transport.ts';

/**
 * Reads a body as UTF-8.
 *
 * @throws GatewayError `upstream_answer_too_large` when it has more bytes; what the body throws.
 */
export async function readWhole(response: IncomingResponse, maxBytes: number): Promise<string> {
  const bytes = await readWithin(response.body, maxBytes);
  if (bytes !== undefined) return bytes.toString('utf8');
  throw new GatewayError('upstream_answer_too_large', `The upstream sent a body of more than ${maxBytes} bytes`);
}

/** Reads a body; undefined when it has more bytes, of which no more are read then. Rejects with what the body throws. */
export async function readWithin(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > maxBytes) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/**
 * Parses a body that has to be JSON.
 *
 * @throws GatewayError `upstream_invalid_response`, which tells its kind and length and nothing of the rest.
 */
export function parseBody(body: string, { contentType }: IncomingResponse): unknown {
  const value = parseJson(body);
  if (value !== undefined) return value;
  // Only what has the form of a type: the header may hold anything.
  const type = /^[\w.+-]{1,40}\/[\w.+-]{1,60}(?=;|$)/.exec(contentType)?.[0] ?? 'no content type';
  throw new GatewayError(
    'upstream_invalid_response',
    `The upstream answered with a body that is not JSON (${type}, ${body.length} characters)`,
  );
}
