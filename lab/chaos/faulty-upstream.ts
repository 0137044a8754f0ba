// An upstream at the level of sockets: it plays a script of raw bytes for each request, whatever HTTP makes of them.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import type { Place, ReceivedRequest, Script } from './chaos-case.ts';

export interface FaultyUpstream {
  /** The base URL of a place; `key` finds the scripts that {@link expect} has been given. */
  urlOf(place: Place, key: string): string;
  /** Plays the scripts, one per request, for requests under the key. */
  expect(key: string, scripts: readonly Script[]): Engagement;
  /** The number of connections to the target of the redirects. */
  trapped(): number;
  close(): Promise<void>;
}

/** What has been played under one key. */
export interface Engagement {
  requests(): number;
  /** The number of connections that the gateway has not closed. */
  open(): number;
  /** Forgets the key and drops its connections. */
  end(): void;
}

/** Where redirects lead; the scripts write it, and the upstream replaces it. */
export const trapUrl = 'http://trap.invalid';

interface Play {
  readonly scripts: readonly Script[];
  readonly sockets: Set<Socket>;
  count: number;
}

/** Starts the upstream on free ports. */
export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  const plays = new Map<string, Play>();
  let trapCount = 0;
  let trap = '';
  const all = new Set<Socket>();

  const serve = (socket: Socket): void => {
    let received = '';
    const onData = (bytes: Buffer): void => {
      received += bytes.toString('latin1');
      const taken = takeRequest(received);
      if (taken === undefined) return;
      received = received.slice(taken.length);
      const play = plays.get(taken.request.target.split('/')[1] ?? '');
      if (play === undefined) return void socket.destroy();
      if (!play.sockets.has(socket)) {
        play.sockets.add(socket);
        socket.once('close', () => play.sockets.delete(socket));
      }
      const script = play.scripts[Math.min(play.count, play.scripts.length - 1)] ?? [];
      play.count += 1;
      void playScript(socket, script, taken.request, trap);
    };
    socket.on('data', onData);
  };

  const listen = async (server: Server, onConnection?: (socket: Socket) => void): Promise<Server> => {
    server.on('connection', (socket: Socket) => {
      all.add(socket);
      socket.setNoDelay(true);
      // The gateway may close a connection; that is not an error of the upstream.
      socket.on('error', () => undefined).once('close', () => all.delete(socket));
      onConnection?.(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const listenRaw = (onConnection: (socket: Socket) => void): Promise<Server> =>
    listen(createServer({ allowHalfOpen: true }), onConnection);

  const refused = await listenRaw(() => undefined);
  const trapServer = await listenRaw((socket) => {
    trapCount += 1;
    socket.destroy();
  });
  const afterHello = (act: (socket: Socket) => void) => (socket: Socket) => void socket.once('data', () => act(socket));
  const servers: Record<Place, Server> = {
    script: await listenRaw(serve),
    refused,
    'reset-at-connect': await listenRaw((socket) => void socket.resetAndDestroy()),
    'end-at-connect': await listenRaw((socket) => void socket.end()),
    silent: await listenRaw((socket) => void socket.resume()),
    'tls-silent': await listenRaw((socket) => void socket.resume()),
    'tls-reset': await listenRaw(afterHello((socket) => void socket.resetAndDestroy())),
    'tls-end': await listenRaw(afterHello((socket) => void socket.end())),
    'tls-plain-text': await listenRaw(afterHello((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'))),
    // Without a certificate there is no cipher that both sides have: the handshake ends with an alert.
    'tls-no-certificate': await listen(
      createTlsServer().on('tlsClientError', (_error, socket) => void socket.destroy()),
    ),
  };
  trap = urlOfServer(trapServer, 'http');
  const urls = Object.fromEntries(
    Object.entries(servers).map(([place, server]) => [
      place,
      urlOfServer(server, place.startsWith('tls-') ? 'https' : 'http'),
    ]),
  );
  // Nothing listens on its port now.
  refused.close();

  return {
    urlOf: (place, key) => `${urls[place] ?? ''}/${key}`,
    expect: (key, scripts) => {
      const play: Play = { scripts, sockets: new Set(), count: 0 };
      plays.set(key, play);
      return {
        requests: () => play.count,
        open: () => [...play.sockets].filter((socket) => !socket.readableEnded).length,
        end: () => {
          plays.delete(key);
          // A reset leaves no port waiting, of which thousands of cases would run out.
          for (const socket of play.sockets) socket.resetAndDestroy();
        },
      };
    },
    trapped: () => trapCount,
    close: async () => {
      for (const socket of all) socket.destroy();
      const listening = [...Object.values(servers), trapServer].filter((server) => server.listening);
      await Promise.all(listening.map((server) => once(server.close(), 'close')));
    },
  };
}

function urlOfServer(server: Server, scheme: string): string {
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The first whole request of what was received, and how many bytes it had. */
function takeRequest(received: string): { readonly request: ReceivedRequest; readonly length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...headerLines] = received.slice(0, headEnd).split('\r\n');
  const bodyLength = Number(headerLines.find((line) => /^content-length:/i.test(line))?.split(':')[1] ?? 0);
  const length = headEnd + 4 + bodyLength;
  if (received.length < length) return undefined;
  const body = Buffer.from(received.slice(headEnd + 4, length), 'latin1').toString();
  return { request: { target: first.split(' ')[1] ?? '', headerLines, body }, length };
}

async function playScript(socket: Socket, script: Script, request: ReceivedRequest, trap: string): Promise<void> {
  for (const step of script) {
    if (socket.destroyed) return;
    if (step.kind === 'send') {
      socket.write(typeof step.bytes === 'string' ? step.bytes.replaceAll(trapUrl, trap) : step.bytes);
    } else if (step.kind === 'echo') {
      socket.write(step.write(request));
    } else if (step.kind === 'turn') {
      // Both ends live in one event loop: after this the other has read what was sent.
      await setImmediate();
    } else if (step.kind === 'pause') {
      await setTimeout(step.ms);
    } else if (step.kind === 'repeat') {
      while (!socket.destroyed) {
        if (!socket.writableNeedDrain) socket.write(step.bytes);
        await (step.everyMs > 0 || socket.writableNeedDrain ? setTimeout(step.everyMs) : setImmediate());
      }
    } else if (step.kind === 'end') {
      socket.end();
    } else {
      socket.resetAndDestroy();
    }
  }
}
