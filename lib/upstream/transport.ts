// One HTTP exchange with an upstream, over Node's own client and kept-alive connections.
import type http from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type https from 'node:https';
import type { Socket } from 'node:net';
import { GatewayError } from '../errors.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IncomingResponse {
  readonly status: number;
  /** Empty when the header is absent. */
  readonly contentType: string;
  /** Undefined when the header is absent or names a date. */
  readonly retryAfterSeconds: number | undefined;
  /** Throws the signal's reason after an abort, and the socket's error when the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up, whatever is still to come. */
  destroy(): void;
}

/**
 * Sends a request and resolves with the response head.
 *
 * @throws the signal's reason when it aborts; GatewayError `upstream_unreachable` when no response head came.
 */
export type Transport = (request: OutgoingRequest, signal: AbortSignal) => Promise<IncomingResponse>;

export interface TransportOptions {
  /**
   * How long a kept-alive connection may have been idle before a reset on it counts as a closed connection, not as a
   * failure of the upstream. Default: 5,000.
   */
  readonly staleAfterMs?: number;
}

type StartRequest = (url: URL, options: RequestOptions) => ClientRequest;

/** Creates a transport with its own pool of connections. Redirects are not followed. */
export function createTransport({ staleAfterMs = 5_000 }: TransportOptions = {}): Transport {
  const idleSinceMs = new WeakMap<Socket, number>();
  let startHttps: StartRequest | undefined;
  let startHttp: StartRequest | undefined;
  // Loaded on demand: each costs a cold start milliseconds, and no upstream needs both.
  const loadHttps = async (): Promise<StartRequest> =>
    (startHttps ??= withKeepAlive((await import('node:https')).default));
  const loadHttp = async (): Promise<StartRequest> =>
    (startHttp ??= withKeepAlive((await import('node:http')).default));

  const attempt = async (
    start: StartRequest,
    { method, url, headers, body }: OutgoingRequest,
    signal: AbortSignal,
    options: RequestOptions,
  ): Promise<IncomingResponse> => {
    const outgoing = start(url, {
      method,
      headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      ...options,
    });
    // What the option `signal` does, at a fraction of its price.
    const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort));
    const head = Promise.withResolvers<IncomingMessage>();
    // Once the head is there, the body reports what goes wrong; an emitter without a listener would end the process.
    outgoing.once('response', head.resolve).on('error', head.reject);
    outgoing.end(body);
    let response: IncomingMessage;
    try {
      response = await head.promise;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (outgoing.reusedSocket && isReset(error) && isStale(outgoing.socket)) throw new StaleConnectionError();
      const reason = errorCodeOf(error) ?? 'no response';
      throw new GatewayError('upstream_unreachable', `Could not reach ${url.host} (${reason})`, { cause: error });
    }
    const { socket } = response;
    response.once('close', () => idleSinceMs.set(socket, Date.now()));
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      retryAfterSeconds: readRetryAfter(response.headers['retry-after']),
      body: readBody(response, signal),
      destroy: () => response.destroy(),
    };
  };

  const isStale = (socket: Socket | null): boolean =>
    socket !== null && Date.now() - (idleSinceMs.get(socket) ?? Infinity) >= staleAfterMs;

  return async (request, signal) => {
    signal.throwIfAborted();
    const start = await (request.url.protocol === 'https:' ? loadHttps() : loadHttp());
    try {
      return await attempt(start, request, signal, {});
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      // A sandbox that was frozen wakes up with connections the upstream has closed. The request never reached anyone,
      // so a fresh connection gets it.
      return attempt(start, request, signal, { agent: false });
    }
  };
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

function withKeepAlive(client: typeof http | typeof https): StartRequest {
  const agent = new client.Agent({ keepAlive: true });
  return (url, options) => client.request(url, { agent, ...options });
}

async function* readBody(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function readRetryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^[0-9]{1,5}$/.test(value) ? Number(value) : undefined;
}

function isReset(error: unknown): boolean {
  return errorCodeOf(error) === 'ECONNRESET' || errorCodeOf(error) === 'EPIPE';
}

function errorCodeOf(error: unknown): string | undefined {
  return Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
