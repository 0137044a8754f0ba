// One HTTP exchange with a client: reads the request, and sends the answer in one of several forms.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignableRequest } from '../../lib/signing/canonical-request.ts';
import { percentDecode } from '../../lib/signing/uri-encode.ts';
import { readBody } from '../read-body.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As on the wire, without the query. */
  readonly path: string;
  readonly query: SignableRequest['query'];
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal;
  /** Breaks the connection. The client is then not counted as having left. */
  breakConnection(how: 'close' | 'reset'): void;
}

/** Splits a request target into its path and its decoded parameters. */
export function parseTarget(target: string): Pick<Exchange, 'path' | 'query'> {
  const [path = '/', ...rest] = target.split('?');
  const query = rest
    .join('?')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), value.length === 0 ? null : decode(value.join('='))] as const;
    });
  return { path, query };
}

/** The values of a parameter, in the order sent. */
export function queryValues({ query }: Exchange, wanted: string): readonly string[] {
  return query.filter(([name]) => name === wanted).map(([, value]) => value ?? '');
}

/** Reads the whole body; undefined when it is longer than `maxBytes`. */
export async function receiveBody({ request }: Exchange, maxBytes: number): Promise<Buffer | undefined> {
  const body = await readBody(request, maxBytes);
  // Some clients send their whole body before they read, and would miss an earlier answer.
  if (!request.readableEnded) await once(request, 'end');
  return body;
}

/** Answers with a JSON value on one line. */
export function sendJson(
  { response }: Exchange,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Writes a piece of the body and waits until it has left. */
export async function writePiece({ response }: Exchange, piece: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** Waits, unless the client leaves. */
export async function pause({ signal }: Exchange, durationMs: number): Promise<void> {
  if (durationMs > 0) await delay(durationMs, undefined, { signal });
}

/** Decodes a query value. A `+` stays a plus, because two of the official SDKs send their secrets unencoded. */
function decode(text: string): string {
  return Buffer.from(percentDecode(text)).toString();
}
