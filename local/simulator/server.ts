// A Qianfan to run against: an HTTP server on this machine that verifies, validates and answers as the V1 API does.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccessTokens } from './access-tokens.ts';
import { handleCompletion } from './completion-route.ts';
import { handleRevokeTokens, handleStats } from './control-routes.ts';
import { parseTarget, sendError } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createFaultUses } from './faults.ts';
import { handleTokenRequest } from './oauth-route.ts';
import { handleServiceList } from './service-list-route.ts';
import type { IamClient, OAuthClient, Simulation, SimulatorStats } from './simulation.ts';

export interface SimulatorOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  readonly oauthClients: readonly OAuthClient[];
  readonly iamClients: readonly IamClient[];
  /** The pause before each frame of a stream. Default: 40. */
  readonly frameDelayMs?: number;
  /** Epoch milliseconds. Default: the system's clock. */
  readonly now?: () => number;
  /** Default: 2592000, which is 30 days. */
  readonly tokenLifetimeSeconds?: number;
}

export interface Simulator {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  stats(): Readonly<SimulatorStats>;
  /** Revokes every token issued so far; returns how many there were. */
  revokeTokens(): number;
  /** Breaks open connections and resolves when all work has stopped. */
  close(): Promise<void>;
}

interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
  /** `segment` is what the first group of `path` matched. */
  handle(exchange: Exchange, simulation: Simulation, segment: string): void | Promise<void>;
}

const routes: readonly Route[] = [
  { methods: ['GET', 'POST'], path: /^\/oauth\/2\.0\/token$/, handle: handleTokenRequest },
  {
    methods: ['POST'],
    path: /^\/rpc\/2\.0\/ai_custom\/v1\/wenxinworkshop\/completions\/([A-Za-z0-9_-]+)$/,
    handle: handleCompletion,
  },
  { methods: ['POST'], path: /^\/wenxinworkshop\/service\/list$/, handle: handleServiceList },
  { methods: ['GET'], path: /^\/simulator\/stats$/, handle: handleStats },
  { methods: ['POST'], path: /^\/simulator\/revoke-tokens$/, handle: handleRevokeTokens },
];

/** Starts a simulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port = 0, oauthClients, iamClients, frameDelayMs = 40, now = Date.now } = options;
  const simulation: Simulation = {
    oauthClients,
    iamClients,
    frameDelayMs,
    now,
    tokens: createAccessTokens(options.tokenLifetimeSeconds ?? 2_592_000, now),
    faultUses: createFaultUses(),
    stats: { tokenRequests: 0, tokensIssued: 0, completionRequests: 0, serviceListRequests: 0, abortedRequests: 0 },
  };
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = answer(request, response, simulation).finally(() => running.delete(work));
    running.add(work);
  });
  // SDKs reuse the connection of the token request for the model call, which may come much later.
  server.keepAliveTimeout = 75_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats: () => ({ ...simulation.stats }),
    revokeTokens: () => simulation.tokens.revokeAll(),
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await Promise.all(running);
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, simulation: Simulation): Promise<void> {
  const exchange = createExchange(request, response, simulation);
  const requestId = request.headers['request_id'];
  if (typeof requestId === 'string') response.setHeader('X-Baidu-Request-Id', requestId);
  try {
    await dispatch(exchange, simulation);
  } catch (error) {
    // A client that left in mid-answer makes writes and waits fail; it is counted when its connection closes.
    if (exchange.signal.aborted || request.socket.destroyed) return;
    console.error('The simulator failed:', error);
    if (response.headersSent) exchange.breakConnection('close');
    else sendError(exchange, 336000);
  }
}

async function dispatch(exchange: Exchange, simulation: Simulation): Promise<void> {
  for (const route of routes) {
    const match = route.path.exec(exchange.path);
    if (match === null) continue;
    if (!route.methods.includes(exchange.request.method ?? '')) return sendError(exchange, 336101);
    return route.handle(exchange, simulation, match[1] ?? '');
  }
  sendError(exchange, 3);
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
