// The metadata at the beginning of a streamed response, from which API Gateway makes the status line and the headers.
import { isJsonObject } from '../lib/core/json.ts';

/** Status and headers of a response; headers alternate between name and value, spelled as the handler spelled them. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly rawHeaders: readonly string[];
}

/** API Gateway refuses metadata whose delimiter does not come within its first 16 KiB. */
export const maxPreludeBytes = 16_384;

const delimiter = Buffer.alloc(8);

/**
 * Splits the bytes received so far into the JSON metadata and the beginning of the body.
 * Returns undefined until the delimiter has been received.
 */
export function splitPrelude(bytes: Buffer): { metadata: string; body: Buffer } | undefined {
  const end = bytes.indexOf(delimiter);
  if (end === -1) return undefined;
  return { metadata: bytes.toString('utf8', 0, end), body: bytes.subarray(end + delimiter.length) };
}

/**
 * Reads the metadata: `statusCode` (default 200), `headers`, `multiValueHeaders`, `cookies`.
 * Throws TypeError for anything that API Gateway would not accept.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function readPrelude(metadata: string): ResponseHead {
  const parsed: unknown = JSON.parse(metadata);
  const { statusCode = 200, headers, multiValueHeaders, cookies } = requireObject(parsed);
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new TypeError('statusCode is not a status of a final response');
  }
  const rawHeaders: string[] = [];
  for (const [name, value] of Object.entries(requireObject(headers ?? {}))) rawHeaders.push(name, toValue(value));
  for (const [name, values] of Object.entries(requireObject(multiValueHeaders ?? {}))) {
    for (const value of requireArray(values)) rawHeaders.push(name, toValue(value));
  }
  for (const cookie of requireArray(cookies ?? [])) rawHeaders.push('Set-Cookie', toValue(cookie));
  return { statusCode, rawHeaders };
}

function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (!isJsonObject(value)) throw new TypeError('Not an object');
  return value;
}

function requireArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('Not an array');
  return value;
}

function toValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError('A header is neither text, number nor boolean');
}
