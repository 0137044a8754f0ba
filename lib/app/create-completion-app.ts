// Wires the function behind the HTTPS endpoint. Nothing here does I/O; the first request does.
import type { CompletionConfig } from '../config/shape.ts';
import { createAuthenticator } from '../access/authenticate.ts';
import { createClientLimits } from '../guards/client-limits.ts';
import { createClientRegistry } from '../access/clients.ts';
import { createCors } from '../access/cors.ts';
import { createGateway } from '../gateway/gateway.ts';
import type { GatewayOptions } from '../gateway/gateway.ts';
import { createIdempotency } from '../guards/idempotency.ts';
import { createOauthRoute } from '../gateway/oauth-route.ts';
import { openApiRoute } from '../gateway/openapi-route.ts';
import { createHealthRoute, fallbackRoute } from '../gateway/plain-routes.ts';
import { createCompletionRoutes } from '../gateway/completion-route.ts';
import { createModelRoutes } from '../gateway/model-routes.ts';
import { openAiCompletions } from '../dialects/openai/completions.ts';
import { openAiFimCompletions } from '../dialects/openai/fim-completions.ts';
import { qianfanV1Completions } from '../dialects/qianfan-v1/completions.ts';
import { createServiceListRoute } from '../gateway/service-list-route.ts';
import { createRescueSetting } from '../gateway/stream-rescue.ts';
import type { HttpHandler } from '../core/http.ts';
import { createModelCatalog } from '../core/models.ts';
import { systemClock } from '../core/clock.ts';
import { createLogger } from '../core/log.ts';
import { createSecretStore } from '../aws/secret-store.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createStateTable } from '../aws/state-table.ts';
import { createLazySignIn } from '../access/sign-in/lazy-sign-in.ts';
import { createTransport } from '../http-client/transport.ts';
import { createUpstreams } from './create-upstreams.ts';

const clock = systemClock;

/**
 * Wires the function behind the HTTPS endpoint.
 *
 * @param secrets Where its secrets are. Default: Secrets Manager.
 */
export function createCompletionApp(
  config: CompletionConfig,
  secrets: SecretStore = createSecretStore(config.aws),
): HttpHandler {
  return createGateway(createGatewayOptions(config, secrets));
}

/** What the gateway is made of. The OpenAPI document is generated from, and checked against, its routes. */
export function createGatewayOptions(
  config: CompletionConfig,
  secrets = createSecretStore(config.aws),
): GatewayOptions {
  const log = createLogger(config.logLevel, config.serviceName);
  const clients = createClientRegistry({ secrets, secretId: config.clientsSecretId, clock, log });
  const cors = createCors(config.allowedOrigins);
  const { anonymousClientId, oidc } = config;
  const verifyUser = oidc && createLazySignIn({ ...oidc, transport: createTransport(), clock, log });
  const authenticator = createAuthenticator({ clients, cors, anonymousClientId, verifyUser, clock });
  const models = createModelCatalog(config.models);
  const { upstream, readCircuits } = createUpstreams(config, secrets, log);
  const table = config.stateTable === undefined ? undefined : createStateTable(config.stateTable);
  const limits = createClientLimits({ table, clock, log, defaults: config.clientLimits });
  // Idempotency comes first, so that a repetition of an answered request does not count against the limits.
  const guards = [createIdempotency({ table, clock, log }), limits];
  const streamRescue = createRescueSetting(config.streamRescue, models);
  const { maxBodyBytes } = config;
  const options = { authenticator, models, upstream, guards, streamRescue, maxBodyBytes, clock };
  const routes = [
    ...createCompletionRoutes(qianfanV1Completions, options),
    ...createCompletionRoutes(openAiCompletions, options),
    ...createCompletionRoutes(openAiFimCompletions, options),
    ...createModelRoutes({ authenticator, models, codec: openAiCompletions }),
    createServiceListRoute(authenticator, models),
    createOauthRoute(clients, clock),
    createHealthRoute(readCircuits),
    openApiRoute,
  ];
  return { routes, fallback: fallbackRoute, cors, clock, log };
}
