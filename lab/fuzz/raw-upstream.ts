// An upstream that reads its connections byte by byte: it accepts only well-formed requests, so that smuggled ones are noticed.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** Spelled and ordered as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface RawUpstream {
  /** Host and port. */
  readonly host: string;
  readonly url: string;
  /** What has come since the last call of this. Throws when it was no sequence of well-formed requests. */
  take(): readonly SeenRequest[];
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Starts it on 127.0.0.1. A request is well-formed when its lines end in CRLF, its header lines have the form of one,
 * it has one Content-Length and no Transfer-Encoding, and nothing follows its body before it is answered.
 *
 * @param answer The bytes of the answer.
 */
export async function startRawUpstream(answer: (request: SeenRequest) => string): Promise<RawUpstream> {
  let seen: SeenRequest[] = [];
  let faults: string[] = [];
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('close', () => sockets.delete(socket));
    // A gateway that gives a request up may reset the connection.
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      try {
        const request = readRequest(received);
        if (request === undefined) return;
        received = Buffer.alloc(0);
        // A poller of another test may still look for its queue at a port that is ours by now.
        if (!request.headers.some(([name]) => name.toLowerCase() === 'x-amz-target')) seen.push(request);
        socket.write(answer(request));
      } catch (error) {
        faults.push(String(error));
        socket.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    connections: () => connections,
    take: () => {
      const [taken, wrong] = [seen, faults];
      [seen, faults] = [[], []];
      if (wrong.length > 0) throw new Error(`The upstream was sent no well-formed request: ${wrong.join('; ')}`);
      return taken;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Undefined while the request is not complete. */
function readRequest(bytes: Buffer): SeenRequest | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, method, target] = /^(GET|POST) (\/[\x21-\x7e]*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) throw new Error('the request line is not one');
  const headers = lines.map(readHeader);
  const named = (wanted: string) => headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const [length, ...more] = named('content-length');
  if (length === undefined || more.length > 0 || !/^[0-9]+$/.test(length)) throw new Error('Content-Length is not one');
  if (named('transfer-encoding').length > 0) throw new Error('there is a Transfer-Encoding');
  if (named('host').length !== 1) throw new Error('Host is not one');
  const bodyStart = headEnd + 4;
  const end = bodyStart + Number(length);
  if (bytes.length > end) throw new Error('bytes follow the request');
  if (bytes.length < end) return undefined;
  return { method, target, headers, body: bytes.toString('utf8', bodyStart, end) };
}

function readHeader(line: string): readonly [string, string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+): ([\t\x20-\x7e]*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error('a header line is not one');
  return [name, value];
}

/** The bytes of an answer of so many. */
export function encodeAnswer(contentType: string, body: string, statusLine = '200 OK', more = ''): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return `HTTP/1.1 ${statusLine}\r\nContent-Type: ${contentType}\r\n${more}${length}\r\n\r\n${body}`;
}
