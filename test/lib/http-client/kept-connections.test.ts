import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { createTransport } from '../../../lib/http-client/transport.ts';
import type { Transport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

const { signal } = new AbortController();

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function fetchText(transport: Transport, url: string, body = ''): Promise<string> {
  const response = await transport({ method: 'POST', url: new URL(url), headers: {}, body }, signal);
  return Buffer.concat(await Array.fromAsync(response.body)).toString();
}

interface RawServer {
  readonly url: string;
  readonly counts: { connections: number; requests: number };
  /** Listens no more. */
  close(): void;
}

/** A server that reads no HTTP; `answer` is called with each piece it gets, which is a request here. */
async function startRawServer(
  answer: (socket: net.Socket, piece: string, ofConnection: number) => void,
): Promise<RawServer> {
  const counts = { connections: 0, requests: 0 };
  const server = net.createServer((socket) => {
    counts.connections += 1;
    let ofConnection = 0;
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      counts.requests += 1;
      answer(socket, piece.toString(), (ofConnection += 1));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, counts, close: () => void server.close() };
}

function stream(text: string): string {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nKeep-Alive: timeout=5, max=100\r\n';
  return `${head}Transfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
}

/** Sends them as so many callers, each one after the other. */
async function sendAll(url: string, count: number, callers: number): Promise<readonly string[]> {
  const transport = createTransport();
  const answers: string[] = [];
  let sent = 0;
  const callOn = async (): Promise<void> => {
    while (sent < count) {
      const number = (sent += 1);
      answers.push(await fetchText(transport, url, `[${number}]`));
    }
  };
  await Promise.all(Array.from({ length: callers }, callOn));
  return answers;
}

function numberOf(request: string): string {
  return /\[(\d+)\]$/.exec(request)?.[1] ?? 'none';
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

describe.each([1, 2, 4, 8])('%i callers of a server that breaks its promise to keep connections', (callers) => {
  it('lose none of 500 requests when it closes them 1 to 2 ms after each streamed answer', async () => {
    const server = await startRawServer((socket, request) => {
      socket.write(stream(numberOf(request)));
      setTimeout(() => socket.resetAndDestroy(), 1 + (Number(numberOf(request)) % 2));
    });
    expect((await sendAll(server.url, 500, callers)).toSorted(byNumber)).toEqual(numbers(500));
  });

  it('lose none of 500 requests when it resets them as the next request arrives', async () => {
    const server = await startRawServer((socket, request, ofConnection) => {
      if (ofConnection > 1) socket.resetAndDestroy();
      else socket.write(stream(numberOf(request)));
    });
    expect((await sendAll(server.url, 500, callers)).toSorted(byNumber)).toEqual(numbers(500));
    expect(server.counts.requests).toBeGreaterThan(600);
  });
});

function byNumber(one: string, other: string): number {
  return Number(one) - Number(other);
}

describe('a connection that had been used before and breaks', () => {
  it.each([
    ['is reset', (socket: net.Socket) => socket.resetAndDestroy()],
    ['is closed without a response head', (socket: net.Socket) => socket.end()],
  ])('has its request sent again on a fresh one, whatever its age, when it %s', async (_how, breakOff) => {
    const server = await startRawServer((socket, request, ofConnection) => {
      if (ofConnection > 1) breakOff(socket);
      else socket.write(stream(numberOf(request)));
    });
    const transport = createTransport();
    expect(await fetchText(transport, server.url, '[1]')).toBe('1');
    expect(await fetchText(transport, server.url, '[2]')).toBe('2');
    expect(server.counts).toEqual({ connections: 2, requests: 3 });
  });

  it('has it sent again once: a reset of the fresh one is upstream_unreachable', async () => {
    const server = await startRawServer((socket) => {
      if (server.counts.requests > 1) socket.resetAndDestroy();
      else socket.write(stream('1'));
    });
    const transport = createTransport();
    await fetchText(transport, server.url);
    await expect(fetchText(transport, server.url)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      mayBeCharged: true,
    });
    expect(server.counts.requests).toBe(3);
  });

  it('has it sent no more once a byte of an answer has come', async () => {
    const server = await startRawServer((socket, _request, ofConnection) => {
      if (ofConnection > 1) socket.write('HTTP/1.1 20', () => socket.resetAndDestroy());
      else socket.write(stream('1'));
    });
    const transport = createTransport();
    await fetchText(transport, server.url);
    await expect(fetchText(transport, server.url)).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(server.counts.requests).toBe(2);
  });

  it('has it sent no more when it was at work for more than five seconds: it may have been charged', async () => {
    const server = await startHttpServer((_request, response, count) => {
      if (count === 2) setTimeout(() => response.destroy(), 5_100);
      else response.end(`answer ${count}`);
    });
    const transport = createTransport();
    await fetchText(transport, server.url);
    await expect(fetchText(transport, server.url)).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(server.requests).toHaveLength(2);
    await server.close();
  }, 30_000);

  it('may have had its request charged, although no fresh one can be made', async () => {
    const server = await startRawServer((socket, _request, ofConnection) => {
      if (ofConnection === 1) socket.write(stream('1'));
      else {
        server.close();
        socket.resetAndDestroy();
      }
    });
    const transport = createTransport();
    await fetchText(transport, server.url);
    await expect(fetchText(transport, server.url)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: `Could not reach ${new URL(server.url).host} (ECONNREFUSED)`,
      mayBeCharged: true,
    });
  });
});

describe('what a server says of its connection', () => {
  const countConnections = async (headers: Record<string, string>, requests: number, pauseMs = 0): Promise<number> => {
    const server = await startHttpServer((_request, response) => response.writeHead(200, headers).end('text'));
    const transport = createTransport();
    for (let request = 0; request < requests; request += 1) {
      await fetchText(transport, server.url);
      // For the client to put the connection back.
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    const connections = server.connections();
    await server.close();
    return connections;
  };

  it.each([
    ['Connection: close ends it', { Connection: 'close' }, 3, 3],
    ['Keep-Alive: timeout=60 keeps it', { 'Keep-Alive': 'timeout=60' }, 3, 1],
    ['max=1 lets it carry one more request', { 'Keep-Alive': 'timeout=60, max=1' }, 6, 3],
    ['max=0 lets it carry no other', { 'Keep-Alive': 'max=0, timeout=60' }, 3, 3],
    ['timeout=1 may be over when the next request arrives', { 'Keep-Alive': 'max=9, timeout=1' }, 3, 3],
    ['a parameter of another name says nothing', { 'Keep-Alive': 'xmax=0, mytimeout=0' }, 3, 1],
  ])('%s', async (_fact, headers, requests, connections) => {
    expect(await countConnections(headers, requests)).toBe(connections);
  });

  it('timeout=2 has it closed before the two seconds are over', async () => {
    expect(await countConnections({ 'Keep-Alive': 'max=9, timeout=2' }, 2, 1_300)).toBe(2);
  });
});
