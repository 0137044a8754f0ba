// Reads the settings of the functions. Nothing else reads the environment.
import type * as z from 'zod/mini';
import { readAwsAccess } from './aws-access.ts';
import {
  authSettings,
  completionSettings,
  playgroundSettings,
  queueWorkerSettings,
  tokenRefreshSettings,
} from './variables.ts';
import type { AuthSettings, UpstreamSettings } from './variables.ts';
import type {
  CompletionConfig,
  OidcConfig,
  OpenAiConfig,
  PlaygroundConfig,
  QianfanAuth,
  QianfanV1Config,
  QueueWorkerConfig,
  TokenRefreshConfig,
} from './shape.ts';
import { ConfigError, findContradictions, findIssues, isV1Asked, withoutEmpty } from './faults.ts';
import type { Environment } from './faults.ts';

/**
 * Reads the settings of the playground function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readPlaygroundConfig(environment: Environment = process.env): PlaygroundConfig {
  const parsed = playgroundSettings().safeParse(withoutEmpty(environment));
  if (!parsed.success) throw new ConfigError(findIssues(parsed));
  return { logLevel: parsed.data.LOG_LEVEL, gatewayUrl: parsed.data.PLAYGROUND_GATEWAY_URL };
}

/**
 * Reads the settings of the completion function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readCompletionConfig(environment: Environment = process.env): CompletionConfig {
  const { settings, auth } = readSettings(completionSettings(), environment, (present) => [
    ...(present['ANONYMOUS_CLIENT'] !== undefined && present['ALLOWED_ORIGINS'] === undefined
      ? ['ANONYMOUS_CLIENT needs ALLOWED_ORIGINS: only pages of these origins may call without credentials']
      : []),
    ...((present['OIDC_ISSUER'] === undefined) !== (present['OIDC_AUDIENCE'] === undefined)
      ? ['OIDC_ISSUER and OIDC_AUDIENCE must be set together: a token is accepted only if it names the audience']
      : []),
    ...(present['OIDC_MODELS'] !== undefined && present['OIDC_ISSUER'] === undefined
      ? ['OIDC_MODELS needs OIDC_ISSUER: these are the models that the users of the issuer may call']
      : []),
    ...['CLIENT_REQUESTS_PER_MINUTE', 'CLIENT_TOKENS_PER_DAY']
      .filter((name) => present[name] !== undefined && present['STATE_TABLE'] === undefined)
      .map((name) => `${name} needs STATE_TABLE, which holds the counters`),
  ]);
  return {
    ...toUpstreamConfig(settings, auth),
    clientsSecretId: settings.CLIENTS_SECRET_ID,
    aws: readAwsAccess(environment),
    retryCount: settings.QIANFAN_LLM_API_RETRY_COUNT,
    backoffFactor: settings.QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR,
    retryBudget: settings.UPSTREAM_RETRY_BUDGET,
    circuitFailureThreshold: settings.UPSTREAM_CIRCUIT_FAILURES,
    streamRescue: settings.STREAM_RESCUE,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    totalTimeoutMs: settings.REQUEST_TIMEOUT === undefined ? undefined : settings.REQUEST_TIMEOUT * 1_000,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    anonymousClientId: settings.ANONYMOUS_CLIENT,
    oidc: toOidcConfig(settings),
    stateTable: settings.STATE_TABLE,
    clientLimits: {
      requestsPerMinute: settings.CLIENT_REQUESTS_PER_MINUTE,
      tokensPerDay: settings.CLIENT_TOKENS_PER_DAY,
    },
  };
}

function toOidcConfig({
  OIDC_ISSUER: issuer,
  OIDC_AUDIENCE: audiences,
  OIDC_MODELS: defaultModels,
}: z.infer<ReturnType<typeof completionSettings>>): OidcConfig | undefined {
  return issuer === undefined || audiences === undefined ? undefined : { issuer, audiences, defaultModels };
}

/**
 * Reads the settings of the queue-worker function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readQueueWorkerConfig(environment: Environment = process.env): QueueWorkerConfig {
  const { settings, auth } = readSettings(queueWorkerSettings(), environment, (present) => {
    const perMinute = Number(present['QUEUE_REQUESTS_PER_MINUTE']);
    // With fewer, most messages of a batch would return to the queue untried and use up their receives.
    return perMinute > 0 && perMinute < 3 * Number(present['QUEUE_MAXIMUM_CONCURRENCY'] ?? 1)
      ? ['QUEUE_REQUESTS_PER_MINUTE must be at least three times QUEUE_MAXIMUM_CONCURRENCY']
      : [];
  });
  const { QUEUE_REQUESTS_PER_MINUTE: perMinute, QUEUE_MAXIMUM_CONCURRENCY: sandboxes } = settings;
  return {
    ...toUpstreamConfig(settings, auth),
    // No retry and no circuit here: the queue delivers a failed message again, after a pause that grows each time.
    retryCount: 0,
    backoffFactor: 0,
    retryBudget: 0,
    circuitFailureThreshold: 0,
    resultsQueueUrl: settings.RESULTS_QUEUE_URL,
    resultsBucket: settings.RESULTS_BUCKET,
    stateTable: settings.STATE_TABLE,
    maximumConcurrency: sandboxes,
    paceIntervalMs: perMinute === undefined ? 0 : (60_000 * sandboxes) / perMinute,
  };
}

/** Checks the variables by the function's own schema, those of its authentication, and how they fit together. */
function readSettings<Settings extends UpstreamSettings>(
  schema: z.ZodMiniType<Settings>,
  environment: Environment,
  findOwnContradictions: (present: Environment) => readonly string[],
): { settings: Settings; auth: AuthSettings | undefined } {
  const present = withoutEmpty(environment);
  const parsedSettings = schema.safeParse(present);
  const parsedAuth = isV1Asked(present)
    ? authSettings().safeParse({ QIANFAN_AUTH: 'access_token', ...present })
    : undefined;
  const faults = [
    ...findIssues(parsedSettings),
    ...(parsedAuth === undefined ? [] : findIssues(parsedAuth)),
    ...findContradictions(present),
    ...findOwnContradictions(present),
  ];
  if (!parsedSettings.success || parsedAuth?.success === false || faults.length > 0) throw new ConfigError(faults);
  return { settings: parsedSettings.data, auth: parsedAuth?.data };
}

/** @param auth Undefined when Qianfan V1 is not asked. */
function toUpstreamConfig(settings: UpstreamSettings, auth: AuthSettings | undefined) {
  const qianfanV1: QianfanV1Config | undefined = auth && {
    name: 'qianfan-v1',
    baseUrl: settings.QIANFAN_BASE_URL,
    auth: toAuth(auth),
  };
  const openai = toOpenAiConfig(settings);
  return {
    upstreams: settings.UPSTREAM.flatMap((name) => (name === 'openai' ? openai : (qianfanV1 ?? []))),
    models: settings.MODELS,
    connectTimeoutMs: settings.UPSTREAM_CONNECT_TIMEOUT * 1_000,
    firstEventTimeoutMs: (settings.UPSTREAM_FIRST_EVENT_TIMEOUT ?? settings.QIANFAN_LLM_API_RETRY_TIMEOUT) * 1_000,
    idleTimeoutMs: (settings.UPSTREAM_IDLE_TIMEOUT ?? settings.QIANFAN_LLM_API_RETRY_TIMEOUT) * 1_000,
    textTimeoutMs: settings.UPSTREAM_TEXT_TIMEOUT * 1_000,
    logLevel: settings.LOG_LEVEL,
    serviceName: settings.SERVICE_NAME,
  };
}

function toOpenAiConfig(settings: UpstreamSettings): OpenAiConfig {
  const { BEARER_SECRET_ID: secretId, TOKEN_REFRESH_FUNCTION: refreshFunction } = settings;
  return {
    name: 'openai',
    baseUrl: settings.OPENAI_BASE_URL,
    stopItems: settings.OPENAI_STOP_ITEMS,
    keySecretId: settings.OPENAI_KEY_SECRET_ID,
    appId: settings.OPENAI_APPID,
    penaltyName: settings.OPENAI_PENALTY_NAME,
    bearer: secretId === undefined || refreshFunction === undefined ? undefined : { secretId, refreshFunction },
  };
}

function toAuth(settings: AuthSettings): QianfanAuth {
  if (settings.QIANFAN_AUTH === 'iam') return { kind: 'iam', credentialsSecretId: settings.CREDENTIALS_SECRET_ID };
  const { TOKEN_SECRET_ID: tokenSecretId, TOKEN_REFRESH_FUNCTION: refreshFunction } = settings;
  return { kind: 'access_token', tokenSecretId, refreshFunction };
}

/**
 * Reads the settings of the token-refresh function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readTokenRefreshConfig(environment: Environment = process.env): TokenRefreshConfig {
  const parsed = tokenRefreshSettings().safeParse(withoutEmpty(environment));
  if (!parsed.success) throw new ConfigError(findIssues(parsed));
  if (parsed.data.TOKEN_SECRET_ID === undefined && parsed.data.BEARER_SECRET_ID === undefined) {
    throw new ConfigError(['TOKEN_SECRET_ID or BEARER_SECRET_ID must be set: otherwise there is no token to refresh']);
  }
  return {
    baseUrl: parsed.data.QIANFAN_BASE_URL,
    iamBaseUrl: parsed.data.QIANFAN_IAM_BASE_URL,
    tokenSecretId: parsed.data.TOKEN_SECRET_ID,
    bearerSecretId: parsed.data.BEARER_SECRET_ID,
    credentialsSecretId: parsed.data.CREDENTIALS_SECRET_ID,
    logLevel: parsed.data.LOG_LEVEL,
    serviceName: parsed.data.SERVICE_NAME,
  };
}
