// The paths that the simulator serves, and the form in which it refuses all others.
import { handleBearerToken } from './bearer-token-route.ts';
import { handleCompletion } from './completion-route.ts';
import { handleRevokeTokens, handleStats, handleV1Gone } from './control-routes.ts';
import { sendError } from './dialect.ts';
import type { Dialect } from './dialect.ts';
import type { Exchange } from './exchange.ts';
import { handleTokenRequest } from './oauth-route.ts';
import { handleServiceList } from './service-list-route.ts';
import type { Simulation } from './simulation.ts';
import { v1Dialect } from './v1-dialect.ts';
import { v2Dialect } from './v2-dialect.ts';
import { handleV2Chat, handleV2Completion, handleV2Models } from './v2-routes.ts';

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
  { methods: ['GET'], path: /^\/v1\/BCE-BEARER\/token$/, handle: handleBearerToken },
  { methods: ['POST'], path: /^\/v[12]\/completions$/, handle: handleV2Completion },
  { methods: ['POST'], path: /^\/v[12]\/chat\/completions$/, handle: handleV2Chat },
  { methods: ['GET'], path: /^\/v[12]\/models$/, handle: handleV2Models },
  { methods: ['GET'], path: /^\/simulator\/stats$/, handle: handleStats },
  { methods: ['POST'], path: /^\/simulator\/revoke-tokens$/, handle: handleRevokeTokens },
  { methods: ['POST'], path: /^\/simulator\/v1-gone$/, handle: handleV1Gone },
];

/** Hands a request to the route of its path, or refuses it. */
export async function dispatch(exchange: Exchange, simulation: Simulation): Promise<void> {
  const dialect = dialectOf(exchange);
  for (const route of routes) {
    const match = route.path.exec(exchange.path);
    if (match === null) continue;
    if (!route.methods.includes(exchange.request.method ?? '')) return sendError(exchange, dialect, 336101);
    return route.handle(exchange, simulation, match[1] ?? '');
  }
  sendError(exchange, dialect, 3);
}

/** The form in which a path is refused. OpenAI clients have a base URL that ends in /v1 or /v2. */
export function dialectOf({ path }: Exchange): Dialect {
  return /^\/v[12]\//.test(path) ? v2Dialect : v1Dialect;
}
