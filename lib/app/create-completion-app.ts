// Wires the function behind the HTTPS endpoint. Nothing here does I/O; the first request does.
import type { CompletionConfig } from '../config.ts';
import { createAuthenticator } from '../gateway/authenticate.ts';
import { createClientRegistry } from '../gateway/clients.ts';
import { createCors } from '../gateway/cors.ts';
import { createGateway } from '../gateway/gateway.ts';
import { composeGuards } from '../gateway/guard.ts';
import { createOauthRoute } from '../gateway/oauth-route.ts';
import { fallbackRoute, healthRoute } from '../gateway/plain-routes.ts';
import { createCompletionRoute } from '../gateway/qianfan-v1-routes.ts';
import { createOpenAiRoutes } from '../gateway/openai-routes.ts';
import { createServiceListRoute } from '../gateway/service-list-route.ts';
import type { HttpHandler } from '../http.ts';
import { createModelCatalog } from '../models.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { createSecretStore } from '../platform/secret-store.ts';
import { createUpstreams } from './create-upstreams.ts';

const clock = systemClock;

/** Wires the function behind the HTTPS endpoint. */
export function createCompletionApp(config: CompletionConfig): HttpHandler {
  const log = createLogger(config.logLevel, config.serviceName);
  const secrets = createSecretStore();
  const clients = createClientRegistry({ secrets, secretId: config.clientsSecretId, clock, log });
  const cors = createCors(config.allowedOrigins);
  const authenticator = createAuthenticator({ clients, cors, anonymousClientId: config.anonymousClientId, clock });
  const models = createModelCatalog(config.models);
  const upstream = createUpstreams(config, secrets);
  const guard = composeGuards([]);
  const options = { authenticator, models, upstream, guard, maxBodyBytes: config.maxBodyBytes, clock };
  const routes = [
    createCompletionRoute(options),
    ...createOpenAiRoutes(options),
    createServiceListRoute(authenticator, models),
    createOauthRoute(clients, clock),
    healthRoute,
  ];
  return createGateway({ routes, fallback: fallbackRoute, cors, clock, log });
}
