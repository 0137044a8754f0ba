// The composition root: settings in, wired functions out. Nothing here does I/O; the first request does.
import type { CompletionConfig, QianfanAuth, QueueWorkerConfig, TokenRefreshConfig, UpstreamConfig } from './config.ts';
import type { UpstreamName } from './config-variables.ts';
import type { Upstream } from './completion.ts';
import { createAuthenticator } from './gateway/authenticate.ts';
import { createClientRegistry } from './gateway/clients.ts';
import { createCors } from './gateway/cors.ts';
import { createGateway } from './gateway/gateway.ts';
import { createOauthRoute } from './gateway/oauth-route.ts';
import { fallbackRoute, healthRoute } from './gateway/plain-routes.ts';
import { createCompletionRoute } from './gateway/qianfan-v1-routes.ts';
import { createOpenAiRoutes } from './gateway/openai-routes.ts';
import { createServiceListRoute } from './gateway/service-list-route.ts';
import type { HttpHandler } from './http.ts';
import type { HandleBatch } from './lambda/sqs-batch.ts';
import { createModelCatalog } from './models.ts';
import { systemClock } from './platform/clock.ts';
import { createFunctionInvoker } from './platform/function-invoker.ts';
import { createLogger } from './platform/logger.ts';
import { createMessageQueues } from './platform/message-queue.ts';
import { createObjectStore } from './platform/object-store.ts';
import { createSecretStore } from './platform/secret-store.ts';
import type { SecretStore } from './platform/secret-store.ts';
import { createDeadLetters } from './queue/dead-letters.ts';
import { createHandleMessage } from './queue/handle-message.ts';
import { createKnownResults } from './queue/known-results.ts';
import { createMemoryObjectStore } from './queue/memory-object-store.ts';
import { createPace, withPace } from './queue/pace.ts';
import { createProcessBatch } from './queue/process-batch.ts';
import { createSendResult } from './queue/results.ts';
import { createAccessTokens } from './token/access-tokens.ts';
import type { AccessTokens } from './token/access-tokens.ts';
import { createBearerExchange } from './token/bearer-exchange.ts';
import { readIamKeys, readOauthKeys, readOpenAiKey } from './token/credentials.ts';
import { createTokenExchange } from './token/exchange.ts';
import { createTokenRefresh, createTokenRefreshes } from './token/refresh.ts';
import type { RefreshOptions, RefreshToken, TokenKind } from './token/refresh.ts';
import { createRefreshRequest } from './token/refresh-request.ts';
import { createSecretTokenStore } from './token/secret-token-store.ts';
import { withAccessToken } from './upstream/access-token.ts';
import { withApiKey } from './upstream/api-key.ts';
import { withBearerToken } from './upstream/bearer-token.ts';
import { withFallback } from './upstream/fallback.ts';
import { withIamSignature } from './upstream/iam-signature.ts';
import { createOpenAi, openAiReader } from './upstream/openai.ts';
import { withOwnCredentials } from './upstream/own-credentials.ts';
import { createQianfanV1, qianfanV1Reader } from './upstream/qianfan-v1.ts';
import { withRetry } from './upstream/retry.ts';
import { createSend } from './upstream/send.ts';
import type { Send } from './upstream/send.ts';
import { withTokenLimit } from './upstream/token-limit.ts';
import { createTransport } from './upstream/transport.ts';
import type { Transport } from './upstream/transport.ts';

const clock = systemClock;

/** Wires the function behind the HTTPS endpoint. */
export function createCompletionApp(config: CompletionConfig): HttpHandler {
  const log = createLogger(config.logLevel, config.serviceName);
  const secrets = createSecretStore();
  const clients = createClientRegistry({ secrets, secretId: config.clientsSecretId, clock, log });
  const cors = createCors(config.allowedOrigins);
  const authenticator = createAuthenticator({ clients, cors, anonymousClientId: config.anonymousClientId, clock });
  const models = createModelCatalog(config.models);
  const upstream = createUpstream(config, secrets);
  const options = { authenticator, models, upstream, maxBodyBytes: config.maxBodyBytes, clock };
  const routes = [
    createCompletionRoute(options),
    ...createOpenAiRoutes(options),
    createServiceListRoute(authenticator, models),
    createOauthRoute(clients, clock),
    healthRoute,
  ];
  return createGateway({ routes, fallback: fallbackRoute, cors, clock, log });
}

/** Wires the function behind the request queue. */
export function createQueueWorkerApp(config: QueueWorkerConfig): HandleBatch {
  const log = createLogger(config.logLevel, config.serviceName);
  const queues = createMessageQueues();
  const { resultsBucket, resultsQueueUrl: queueUrl } = config;
  const bucket =
    resultsBucket === undefined ? undefined : { name: resultsBucket, objects: createObjectStore(resultsBucket) };
  const knownResults = createKnownResults(bucket?.objects ?? createMemoryObjectStore(), clock);
  const pace = createPace({ intervalMs: config.paceIntervalMs, sandboxes: config.maximumConcurrency, clock });
  const handleMessage = createHandleMessage({
    models: createModelCatalog(config.models),
    upstream: withPace(createUpstream(config, createSecretStore()), { pace, clock }),
    knownResults,
    deadLetters: createDeadLetters(queues, clock),
    sendResult: createSendResult({ queues, queueUrl, bucket }),
    queues,
    clock,
    log,
  });
  return createProcessBatch({ handleMessage, queues, pace, clock, log });
}

function createUpstream(config: UpstreamConfig, secrets: SecretStore): Upstream {
  const transport = createTransport();
  const create: Record<UpstreamName, () => Upstream> = {
    'qianfan-v1': () =>
      withTokenLimit(createQianfanV1(config.baseUrl, createQianfanV1Send(config, secrets, transport))),
    openai: () => createOpenAi(config.openai.baseUrl, createOpenAiSend(config, secrets, transport)),
  };
  return withFallback(config.upstreams.map((name) => ({ name, upstream: create[name]() })));
}

function createQianfanV1Send(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const { requestTimeoutMs, retryCount, backoffFactor, auth } = config;
  const send = createSend({ transport, reader: qianfanV1Reader, requestTimeoutMs });
  if (auth === undefined) throw new Error('Qianfan V1 is asked without a way to authenticate');
  return withRetry(withOwnCredentials(withQianfanAuth(send, auth, secrets)), { retryCount, backoffFactor, clock });
}

function createOpenAiSend(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const { requestTimeoutMs, retryCount, backoffFactor, openai } = config;
  const send = createSend({ transport, reader: openAiReader, requestTimeoutMs });
  return withRetry(withOpenAiAuth(send, openai, secrets), { retryCount, backoffFactor, clock });
}

function withOpenAiAuth(send: Send, { keySecretId, bearer }: UpstreamConfig['openai'], secrets: SecretStore): Send {
  if (bearer !== undefined) {
    const { secretId, refreshFunction } = bearer;
    return withBearerToken(send, createTokens(secrets, secretId, refreshFunction, 'bearer_token'));
  }
  if (keySecretId === undefined) return send;
  return withApiKey(send, (signal) => readOpenAiKey(secrets, keySecretId, signal));
}

function createTokens(secrets: SecretStore, secretId: string, refreshFunction: string, kind: TokenKind): AccessTokens {
  const store = createSecretTokenStore(secrets, secretId);
  const requestRefresh = createRefreshRequest(createFunctionInvoker(), refreshFunction, kind);
  return createAccessTokens({ store, requestRefresh, clock });
}

function withQianfanAuth(send: Send, auth: QianfanAuth, secrets: SecretStore): Send {
  if (auth.kind === 'iam') {
    const readKeys = (signal: AbortSignal) => readIamKeys(secrets, auth.credentialsSecretId, signal);
    return withIamSignature(send, { readKeys, clock });
  }
  return withAccessToken(send, createTokens(secrets, auth.tokenSecretId, auth.refreshFunction, 'access_token'));
}

/** Wires the function that keeps the tokens fresh. */
export function createTokenRefreshApp(config: TokenRefreshConfig): ReturnType<typeof createTokenRefreshes> {
  const { credentialsSecretId, tokenSecretId, bearerSecretId } = config;
  const secrets = createSecretStore();
  const transport = createTransport();
  const log = createLogger(config.logLevel, config.serviceName);
  const create = (kind: TokenKind, secretId: string, obtain: RefreshOptions['obtain']): RefreshToken =>
    createTokenRefresh({ store: createSecretTokenStore(secrets, secretId), kind, obtain, clock, log });
  const exchange = createTokenExchange(config.baseUrl, transport, clock);
  const exchangeBearer = createBearerExchange(config.iamBaseUrl, transport, clock);
  return createTokenRefreshes({
    ...(tokenSecretId !== undefined && {
      access_token: create('access_token', tokenSecretId, async (signal) =>
        exchange(await readOauthKeys(secrets, credentialsSecretId, signal), signal),
      ),
    }),
    ...(bearerSecretId !== undefined && {
      bearer_token: create('bearer_token', bearerSecretId, async (signal) =>
        exchangeBearer(await readIamKeys(secrets, credentialsSecretId, signal), signal),
      ),
    }),
  });
}
