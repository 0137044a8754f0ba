// Loaded into a process before its own code: reports every response of its HTTP servers on file descriptor 3.
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ObservedResponse } from './validate-response.ts';

/** One line of the report. */
export interface ReportedResponse extends ObservedResponse {
  /** Of the server that answered. */
  readonly port: number | undefined;
}

/** Where the process that started this one listens. */
const reportDescriptor = 3;

subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  observe(request, response);
});

/** Each of them is called in several ways, which are passed on as they are. */
type Method<Result> = (...parameters: unknown[]) => Result;

function observe(request: IncomingMessage, response: ServerResponse): void {
  const port = request.socket.localPort;
  const pieces: Buffer[] = [];
  let headers: readonly (readonly [string, string])[] = [];
  const writeHead = response.writeHead.bind(response) as Method<ServerResponse>;
  const write = response.write.bind(response) as Method<boolean>;
  const end = response.end.bind(response) as Method<ServerResponse>;

  response.writeHead = (...parameters: unknown[]): ServerResponse => {
    headers = readHeaders(parameters.at(-1));
    return writeHead(...parameters);
  };
  response.write = (...parameters: unknown[]): boolean => {
    keep(parameters);
    return write(...parameters);
  };
  response.end = (...parameters: unknown[]): ServerResponse => {
    keep(parameters);
    const ended = end(...parameters);
    // At once: whoever has received the answer may end this process.
    tell(true);
    return ended;
  };
  const keep = ([piece, encoding]: readonly unknown[]): void => {
    if (typeof piece === 'string') pieces.push(Buffer.from(piece, encodingOf(encoding)));
    else if (piece instanceof Uint8Array) pieces.push(Buffer.from(piece));
  };

  let isTold = false;
  const tell = (isWhole: boolean): void => {
    if (isTold || !response.headersSent) return;
    isTold = true;
    report({
      port,
      method: request.method ?? '',
      path: (request.url ?? '').replace(/\?.*$/s, ''),
      isPreflight: request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined,
      status: response.statusCode,
      headers,
      body: Buffer.concat(pieces).toString(),
      isWhole,
    });
  };
  // The caller has gone, or the answer was cut.
  response.once('close', () => tell(false));
}

function encodingOf(value: unknown): BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value) ? value : 'utf8';
}

/** As writeHead() takes them: names and values in turn, or an object. */
function readHeaders(given: unknown): readonly (readonly [string, string])[] {
  if (Array.isArray(given)) {
    const texts = given.map(String);
    return texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? ''] as const] : []));
  }
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(given as OutgoingHttpHeaders).map(([name, value]) => [name, String(value)] as const);
}

function report(response: ReportedResponse): void {
  const line = Buffer.from(`${JSON.stringify(response)}\n`);
  for (let written = 0; written < line.length;) written += writeSync(reportDescriptor, line, written);
}
