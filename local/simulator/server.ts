// The simulator of Qianfan: an HTTP server on this machine that verifies, validates and answers like V1 and V2.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenLocally, stopServer } from '../http-server.ts';
import { createOauthTokens } from './oauth-tokens.ts';
import { createBearerTokens } from './bearer-tokens.ts';
import { revokeTokens } from './control-routes.ts';
import { sendError } from './dialect.ts';
import { parseTarget } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createFaultUses } from './faults.ts';
import { dialectOf, dispatch } from './routes.ts';
import type { IamClient, OAuthClient, Simulation, SimulatorStats } from './simulation.ts';

export interface SimulatorOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  readonly oauthClients: readonly OAuthClient[];
  readonly iamClients: readonly IamClient[];
  /** The keys that the V2 side accepts as `Authorization: Bearer`. Default: none. */
  readonly apiKeys?: readonly string[];
  /** The pause before each frame of a stream. Default: 40. */
  readonly frameDelayMs?: number;
  /** Epoch milliseconds. Default: the system's clock. */
  readonly now?: () => number;
  /** Default: 2592000, which is 30 days. */
  readonly tokenLifetimeSeconds?: number;
  /** Whether V1 model calls are switched off from the start. Default: false. */
  readonly v1Gone?: boolean;
}

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  stats(): Readonly<SimulatorStats>;
  /** Revokes every token issued so far, those of V2 included; returns how many there were. */
  revokeTokens(): number;
  /** Switches V1 model calls off, as Baidu has announced, or on again. While they are off they get error 3. */
  setV1Gone(isGone: boolean): void;
  /** Breaks open connections and resolves when all work has stopped. */
  close(): Promise<void>;
}

/** Starts a simulator on 127.0.0.1. Rejects when it cannot listen on the port. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, oauthClients, iamClients, apiKeys = [], frameDelayMs = 40, now = Date.now } = options;
  const simulation: Simulation = {
    oauthClients,
    iamClients,
    apiKeys,
    frameDelayMs,
    now,
    tokens: createOauthTokens(options.tokenLifetimeSeconds ?? 2_592_000, now),
    bearerTokens: createBearerTokens(now),
    v1: { isGone: options.v1Gone ?? false },
    faultUses: createFaultUses(),
    stats: {
      tokenRequests: 0,
      tokensIssued: 0,
      completionRequests: 0,
      serviceListRequests: 0,
      bearerTokenRequests: 0,
      openaiRequests: 0,
      abortedRequests: 0,
    },
  };
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = answer(request, response, simulation).finally(() => running.delete(work));
    running.add(work);
  });
  const url = await listenLocally(server, port);
  return {
    url,
    stats: () => ({ ...simulation.stats }),
    revokeTokens: () => revokeTokens(simulation),
    setV1Gone(isGone) {
      simulation.v1.isGone = isGone;
    },
    async close() {
      if (!server.listening) return;
      await stopServer(server, 0);
      await Promise.all(running);
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, simulation: Simulation): Promise<void> {
  const exchange = createExchange(request, response, simulation);
  const { request_id: v1RequestId, 'x-request-id': v2RequestId } = request.headers;
  if (typeof v1RequestId === 'string') response.setHeader('X-Baidu-Request-Id', v1RequestId);
  if (typeof v2RequestId === 'string') response.setHeader('X-Request-Id', v2RequestId);
  try {
    await dispatch(exchange, simulation);
  } catch (error) {
    // When a client leaves during an answer, writes and waits fail. It is counted when its connection closes.
    if (exchange.signal.aborted || request.socket.destroyed) return;
    console.error('The simulator failed:', error);
    if (response.headersSent) exchange.breakConnection('close');
    else sendError(exchange, dialectOf(exchange), 336000);
  }
}

function createExchange(request: IncomingMessage, response: ServerResponse, { stats }: Simulation): Exchange {
  const controller = new AbortController();
  let isBrokenOnPurpose = false;
  response.on('close', () => {
    if (!response.writableFinished && !isBrokenOnPurpose) stats.abortedRequests += 1;
    controller.abort();
  });
  return {
    request,
    response,
    ...parseTarget(request.url ?? '/'),
    signal: controller.signal,
    breakConnection(how) {
      isBrokenOnPurpose = true;
      if (how === 'reset') request.socket.resetAndDestroy();
      else request.socket.destroy();
    },
  };
}
