// One HTTP exchange with an upstream, over Node's own client and kept-alive connections.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../core/errors.ts';
import { ConnectTimeoutError, createConnections } from './connections.ts';
import type { Connections } from './connections.ts';
import { decodeBody } from './decode-body.ts';
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
  /** Whole seconds; undefined when the header is absent or ill-formed. */
  readonly retryAfterSeconds: number | undefined;
  /**
   * Without its Content-Encoding. Throws the signal's reason after an abort, the socket's error when the connection breaks,
   * and GatewayError `upstream_invalid_response` when it cannot be decoded.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up, whatever is still to come. */
  destroy(): void;
}

/**
 * Sends a request and resolves with the response head. When a connection that has served requests before turns out to be
 * closed, the request is sent once more on a fresh one.
 *
 * @throws the signal's reason when it aborts; GatewayError `upstream_connect_timeout` when no connection was made in time,
 * `upstream_connect_failed` when none could be made, `upstream_unreachable` when no response head came on one that was.
 */
export type Transport = (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingResponse>;

export interface TransportOptions {
  /** How long a new connection may take, from the look-up of its name to the end of its TLS handshake. Default: 5,000. */
  readonly connectTimeoutMs?: number;
}

/**
 * A connection that the other side has closed is reset as soon as something is sent on it. After a later reset, the upstream
 * may have worked on the request and may charge for it.
 */
const promptResetMs = 5_000;

/** Creates a transport with its own pool of connections. Redirects are not followed. */
export function createTransport({ connectTimeoutMs = 5_000 }: TransportOptions = {}): Transport {
  let https: Connections | undefined;
  let http: Connections | undefined;
  // Loaded on demand: each costs a cold start milliseconds, and no upstream needs both.
  const loadHttps = async (): Promise<Connections> =>
    (https ??= createConnections((await import('node:https')).default, 'secureConnect', connectTimeoutMs));
  const loadHttp = async (): Promise<Connections> =>
    (http ??= createConnections((await import('node:http')).default, 'connect', connectTimeoutMs));

  const attempt = async (
    connections: Connections,
    way: 'start' | 'startFresh',
    { method, url, headers, body }: OutgoingRequest,
    signal: AbortSignal,
  ): Promise<IncomingResponse> => {
    // Here, because the client is loaded before: an abort that comes meanwhile is told to nobody else.
    signal.throwIfAborted();
    const startedAtMs = performance.now();
    const ownHeaders = { 'Accept-Encoding': 'identity', ...headers, 'Content-Length': Buffer.byteLength(body) };
    const outgoing = connections[way](url, { method, headers: ownHeaders });
    // Does the same as the option `signal`, at a fraction of its cost.
    const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    const head = Promise.withResolvers<IncomingMessage>();
    let hasHead = false;
    let bytesBefore = 0;
    outgoing.once('socket', ({ bytesRead }) => (bytesBefore = bytesRead));
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
      const { socket, reusedSocket } = outgoing;
      const isUnanswered = socket !== null && socket.bytesRead === bytesBefore;
      const isPrompt = performance.now() - startedAtMs < promptResetMs;
      if (reusedSocket && isReset(error) && isUnanswered && isPrompt) throw new ClosedConnectionError();
      const message = `Could not reach ${url.host} (${errorCodeOf(error) ?? 'no response'})`;
      const code = connections.wasMade(socket) ? 'upstream_unreachable' : 'upstream_connect_failed';
      throw new GatewayError(code, message, { cause: error });
    }
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type']?.toLowerCase() ?? '',
      retryAfterSeconds: readRetryAfter(response.headers, Date.now()),
      body: readBody(response, signal),
      destroy: () => response.destroy(),
    };
  };

  return async (request, signal) => {
    const connections = await (request.url.protocol === 'https:' ? loadHttps() : loadHttp());
    try {
      return await attempt(connections, 'start', request, signal);
    } catch (error) {
      if (!(error instanceof ClosedConnectionError)) throw error;
    }
    // Some servers close connections that they have just promised to keep, and a sandbox that was frozen wakes up with
    // closed ones. Such a request has got no answer and has probably reached nobody, so it is sent once more.
    try {
      return await attempt(connections, 'startFresh', request, signal);
    } catch (error) {
      throw isConnectFailure(error) ? toUnreachable(error) : error;
    }
  };
}

/** A connection that had served a request before was closed by the server, as the next request was sent on it. */
class ClosedConnectionError extends Error {
  override readonly name = 'ClosedConnectionError';
}

async function* readBody(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of decodeBody(response, response.headers['content-encoding'])) yield chunk;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function isReset(error: unknown): boolean {
  return errorCodeOf(error) === 'ECONNRESET' || errorCodeOf(error) === 'EPIPE';
}

function isConnectFailure(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    (error.code === 'upstream_connect_failed' || error.code === 'upstream_connect_timeout')
  );
}

/** Nothing was sent on the second connection. On the first, the request may have arrived and may be charged. */
function toUnreachable({ message, cause }: GatewayError): GatewayError {
  return new GatewayError('upstream_unreachable', message, { cause });
}

function errorCodeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
