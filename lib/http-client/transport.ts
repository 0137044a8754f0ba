// One HTTP exchange with an upstream, over Node's own client and kept-alive connections.
import type http from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../core/errors.ts';
import { readRetryAfter } from './retry-after.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IncomingResponse {
  readonly status: number;
  /** In lower case; empty when the header is absent. */
  readonly contentType: string;
  /** Undefined when the header is absent or ill-formed. */
  readonly retryAfterSeconds: number | undefined;
  /** Throws the signal's reason after an abort, and the socket's error when the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up, whatever is still to come. */
  destroy(): void;
}

/**
 * Sends a request and resolves with the response head.
 *
 * @throws the signal's reason when it aborts; GatewayError `upstream_connect_timeout` when no connection was made in time,
 * `upstream_connect_failed` when none could be made, `upstream_unreachable` when no response head came on one that was.
 */
export type Transport = (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingResponse>;

export interface TransportOptions {
  /**
   * How long a kept-alive connection may have been idle before a reset on it counts as a closed connection, not as a
   * failure of the upstream. For tests. Default: 5,000.
   */
  readonly staleAfterMs?: number;
  /** How long a new connection may take, from the look-up of its name to the end of its TLS handshake. Default: 5,000. */
  readonly connectTimeoutMs?: number;
}

/** A connection that the other side closed while it was idle says so at once; what is reset later was at work. */
const promptResetMs = 1_000;

/** Since when connections are idle. Those that were never made are not in it. */
type IdleSinceMs = WeakMap<Duplex, number>;

type StartRequest = (url: URL, options: RequestOptions, isFresh: boolean) => ClientRequest;

/** Creates a transport with its own pool of connections. Redirects are not followed. */
export function createTransport({ staleAfterMs = 5_000, connectTimeoutMs = 5_000 }: TransportOptions = {}): Transport {
  const idleSinceMs: IdleSinceMs = new WeakMap();
  let startHttps: StartRequest | undefined;
  let startHttp: StartRequest | undefined;
  // Loaded on demand: each costs a cold start milliseconds, and no upstream needs both.
  const loadHttps = async (): Promise<StartRequest> =>
    (startHttps ??= createStart((await import('node:https')).default, 'secureConnect', connectTimeoutMs, idleSinceMs));
  const loadHttp = async (): Promise<StartRequest> =>
    (startHttp ??= createStart((await import('node:http')).default, 'connect', connectTimeoutMs, idleSinceMs));

  const attempt = async (
    start: StartRequest,
    { method, url, headers, body }: OutgoingRequest,
    signal: AbortSignal,
    isFresh: boolean,
  ): Promise<IncomingResponse> => {
    // Here, because the client is loaded before: an abort that comes meanwhile is told to nobody else.
    signal.throwIfAborted();
    const startedAtMs = Date.now();
    const ownHeaders = { ...headers, 'Content-Length': Buffer.byteLength(body) };
    const outgoing = start(url, { method, headers: ownHeaders }, isFresh);
    // What the option `signal` does, at a fraction of its price.
    const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    const head = Promise.withResolvers<IncomingMessage>();
    let hasHead = false;
    outgoing.once('response', (response) => {
      hasHead = true;
      head.resolve(response);
    });
    outgoing.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      // A switch of protocols (101) closes the request without a response and without an error.
      if (!hasHead) head.reject(new Error('The request was closed without a response'));
    });
    // Once the head is there, the body reports what goes wrong; an emitter without a listener would end the process.
    outgoing.on('error', head.reject);
    outgoing.end(body);
    let response: IncomingMessage;
    try {
      response = await head.promise;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ConnectTimeoutError) {
        const message = `Could not connect to ${url.host} within ${connectTimeoutMs / 1_000} s`;
        throw new GatewayError('upstream_connect_timeout', message, { cause: error });
      }
      if (outgoing.reusedSocket && isReset(error) && isStale(outgoing.socket, startedAtMs)) {
        throw new StaleConnectionError();
      }
      const wasMade = outgoing.socket !== null && idleSinceMs.has(outgoing.socket);
      const message = `Could not reach ${url.host} (${errorCodeOf(error) ?? 'no response'})`;
      throw new GatewayError(wasMade ? 'upstream_unreachable' : 'upstream_connect_failed', message, { cause: error });
    }
    const { socket } = response;
    response.once('close', () => idleSinceMs.set(socket, Date.now()));
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type']?.toLowerCase() ?? '',
      retryAfterSeconds: readRetryAfter(response.headers['retry-after']),
      body: readBody(response, signal),
      destroy: () => response.destroy(),
    };
  };

  const isStale = (socket: Socket | null, startedAtMs: number): boolean =>
    socket !== null &&
    startedAtMs - (idleSinceMs.get(socket) ?? Infinity) >= staleAfterMs &&
    Date.now() - startedAtMs < promptResetMs;

  return async (request, signal) => {
    const start = await (request.url.protocol === 'https:' ? loadHttps() : loadHttp());
    try {
      return await attempt(start, request, signal, false);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      // A sandbox that was frozen wakes up with connections the upstream has closed. The request never reached anyone,
      // so a fresh connection gets it.
      return attempt(start, request, signal, true);
    }
  };
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
}

/** @param usableAt The event of a socket that may be written to. */
function createStart(
  client: typeof http | typeof https,
  usableAt: 'connect' | 'secureConnect',
  connectTimeoutMs: number,
  idleSinceMs: IdleSinceMs,
): StartRequest {
  const createAgent = (keepAlive: boolean): http.Agent => {
    const agent = new client.Agent({ keepAlive });
    const connect = agent.createConnection.bind(agent);
    // Here, and not at the request, because most requests make no connection and are to pay nothing for it.
    agent.createConnection = (...parameters) => {
      const socket = connect(...parameters);
      if (!socket) return socket;
      limitConnecting(socket, usableAt, connectTimeoutMs);
      return socket.once(usableAt, () => idleSinceMs.set(socket, Date.now()));
    };
    return agent;
  };
  const pool = createAgent(true);
  let unpooled: http.Agent | undefined;
  return (url, options, isFresh) =>
    client.request(url, { ...options, agent: isFresh ? (unpooled ??= createAgent(false)) : pool });
}

function limitConnecting(socket: Duplex, usableAt: string, timeoutMs: number): void {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeoutError()), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  socket.once(usableAt, stop).once('close', stop);
}

async function* readBody(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function isReset(error: unknown): boolean {
  return errorCodeOf(error) === 'ECONNRESET' || errorCodeOf(error) === 'EPIPE';
}

function errorCodeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
