// The HTTP endpoint of the local run. It does for the local functions what API Gateway does for deployed ones.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, StreamifyHandler } from 'aws-lambda';
import { createProxyEvent } from './api-gateway-event.ts';
import { formatFailure } from './function-failure.ts';
import { createGatewayResponse, sendBadGateway, sendGatewayMessage } from './gateway-response.ts';
import { listenLocally, stopServer } from './http-server.ts';
import { invokeStreaming } from './lambda-runtime.ts';
import { readBody } from './read-body.ts';

export interface HttpHostOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly handler: StreamifyHandler<APIGatewayProxyEvent>;
  /** Another function of the same host, and which requests go to it. Default: none. */
  readonly beside?: {
    readonly takes: (method: string | undefined, path: string) => boolean;
    readonly handler: StreamifyHandler<APIGatewayProxyEvent>;
    readonly functionName: string;
  };
  /** The time limit of the function. */
  readonly timeoutMs: number;
  readonly functionName: string;
  readonly region?: string;
  /** How long running requests may go on after close(). Default: 1500. */
  readonly closeGraceMs?: number;
  /** Receives a line for each error that the handler threw. Default: standard error. */
  readonly log?: (line: string) => void;
}

export interface HttpHost {
  readonly url: string;
  /** Stops listening, gives running requests a moment to finish, then closes their connections. */
  close(): Promise<void>;
}

/** The payload limit of API Gateway. */
const maxBodyBytes = 10 * 1024 * 1024;

/**
 * Starts the host on 127.0.0.1. Each request becomes a proxy event for the streaming handler, whose response is copied
 * to the client as it arrives. When the client leaves, the handler's response stream is destroyed, so that the handler
 * notices; with API Gateway it would not. Rejects with the system's error when it cannot listen on the port.
 */
export async function startHttpHost(options: HttpHostOptions): Promise<HttpHost> {
  let isClosing = false;
  const server = createServer((request, response) => {
    if (isClosing) response.setHeader('Connection', 'close');
    response.once('finish', () => isClosing && request.socket.end());
    void handleRequest(request, response, options);
  });
  const url = await listenLocally(server, options.port);
  return {
    url,
    close: () => {
      isClosing = true;
      return stopServer(server, options.closeGraceMs ?? 1_500);
    },
  };
}

async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { log = console.error, beside, ...options }: HttpHostOptions,
): Promise<void> {
  const isBeside = beside?.takes(request.method, (request.url ?? '/').replace(/\?.*$/s, '')) ?? false;
  const { handler, functionName } = isBeside && beside !== undefined ? beside : options;
  const disconnect = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) disconnect.abort();
  });
  try {
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) return sendGatewayMessage(response, 413, 'Request Too Long');
    const sink = createGatewayResponse(response, log);
    const event = createProxyEvent(request, body);
    await invokeStreaming(handler, event, { ...options, functionName, log, sink, signal: disconnect.signal });
  } catch (error) {
    // A client that left before its request was complete is not a failure of the function.
    if (!request.complete) return;
    log(formatFailure(functionName, error));
    abandon(response);
  }
}

/** Ends a response that failed: with 502 if nothing has been sent yet, otherwise by closing the connection. */
function abandon(response: ServerResponse): void {
  if (response.destroyed || response.writableEnded) return;
  if (!response.headersSent) return sendBadGateway(response);
  // Not destroy(), which would discard what the handler wrote before it failed.
  response.socket?.destroySoon();
}
