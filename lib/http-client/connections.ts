// The connections to upstreams: how they are made, within a limit of time, and how long they are used again.
import type http from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readKeepAlive } from './keep-alive-header.ts';

/** The connections over one of Node's two clients. */
export interface Connections {
  /** Starts a request, on a pooled connection if there is one. */
  start(url: URL, options: RequestOptions): ClientRequest;
  /** Starts a request on a connection of its own, which nobody used before and nobody will use after it. */
  startFresh(url: URL, options: RequestOptions): ClientRequest;
  /** Whether the connection was made, TLS handshake included, so that a request may have been sent on it. */
  wasMade(socket: Duplex | null): boolean;
}

/** A new connection was not there in time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
}

/** An answer on its way could cross with the server's closing of the connection. */
const marginMs = 1_000;

/** What the last answer on a pooled connection said of its future. */
interface Outlook {
  /** How long it may be idle; undefined: as long as it stays open. */
  readonly idleMs: number | undefined;
  /** How many more requests it may carry. */
  readonly remaining: number;
}

/**
 * Creates the pool. A connection is used again until the server's `Connection: close`, or until the time or the number of
 * requests that its `Keep-Alive` allows has run out.
 *
 * @param usableAt The event of a socket that may be written to.
 */
export function createConnections(
  client: typeof http | typeof https,
  usableAt: 'connect' | 'secureConnect',
  connectTimeoutMs: number,
): Connections {
  const made = new WeakSet<Duplex>();
  const outlooks = new WeakMap<Duplex, Outlook>();
  const createAgent = (keepAlive: boolean): http.Agent => {
    const agent = new client.Agent({ keepAlive });
    const connect = agent.createConnection.bind(agent);
    // Done here and not for each request, because most requests make no new connection.
    agent.createConnection = (...parameters) => {
      const socket = connect(...parameters);
      if (!socket) return socket;
      limitConnecting(socket, usableAt, connectTimeoutMs);
      return socket.once(usableAt, () => made.add(socket));
    };
    return agent;
  };
  const pool = createAgent(true);
  let unpooled: http.Agent | undefined;
  // After the agent's own listener, which has put the connection into the pool and set its timer to none. When the timer
  // goes off, the agent closes the connection if it is idle.
  pool.on('free', (socket: Socket) => void socket.setTimeout(outlooks.get(socket)?.idleMs ?? 0));

  const heed = (request: ClientRequest, response: IncomingMessage): void => {
    const { socket } = response;
    const outlook = foresee(outlooks.get(socket), response);
    outlooks.set(socket, outlook);
    // The client closes the connection then, once the answer has been read. It heeds `Connection: close` by itself.
    if (outlook.remaining <= 0 || outlook.idleMs === 0) request.shouldKeepAlive = false;
  };

  return {
    start: (url, options) => {
      const request = client.request(url, { ...options, agent: pool });
      return request.once('response', (response) => heed(request, response));
    },
    startFresh: (url, options) => client.request(url, { ...options, agent: (unpooled ??= createAgent(false)) }),
    wasMade: (socket) => socket !== null && made.has(socket),
  };
}

/** Some servers count down in `max`, others always say the same: one request less at a time is right for both. */
function foresee(former: Outlook | undefined, { headers }: IncomingMessage): Outlook {
  const { timeoutMs, remaining = Infinity } = readKeepAlive(String(headers['keep-alive'] ?? ''));
  return {
    idleMs: timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - marginMs),
    remaining: Math.min(remaining, (former?.remaining ?? Infinity) - 1),
  };
}

function limitConnecting(socket: Duplex, usableAt: string, timeoutMs: number): void {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeoutError()), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  socket.once(usableAt, stop).once('close', stop);
}
