// The settings of the functions: the only place that reads the environment.
import type * as z from 'zod/mini';
import {
  authSettings,
  completionSettings,
  notAsked,
  queueWorkerSettings,
  tokenRefreshSettings,
} from './config-variables.ts';
import type { AuthSettings, UpstreamName, UpstreamSettings } from './config-variables.ts';
import { ConfigError, findContradictions, findIssues, isV1Asked, withoutEmpty } from './config-faults.ts';
import type { Environment } from './config-faults.ts';
import type { ModelAddress } from './models.ts';
import type { LogLevel } from './platform/logger.ts';

/** How the gateway proves itself to Qianfan V1. */
export type QianfanAuth =
  | { readonly kind: 'access_token'; readonly tokenSecretId: string; readonly refreshFunction: string }
  | { readonly kind: 'iam'; readonly credentialsSecretId: string };

/** What every function that calls upstreams is configured with. */
export interface UpstreamConfig {
  /** Which are asked, in this order. */
  readonly upstreams: readonly UpstreamName[];
  readonly baseUrl: string;
  /** Undefined when Qianfan V1 is not asked. */
  readonly auth: QianfanAuth | undefined;
  readonly openai: {
    readonly baseUrl: string;
    /** The secret with OPENAI_API_KEY; undefined for a server that wants no key. */
    readonly keySecretId: string | undefined;
    /** Where a short-lived bearer token is kept that is used instead of a key. */
    readonly bearer: { readonly secretId: string; readonly refreshFunction: string } | undefined;
  };
  /** By model name. */
  readonly models: Readonly<Record<string, ModelAddress>>;
  readonly retryCount: number;
  readonly requestTimeoutMs: number;
  readonly backoffFactor: number;
  readonly logLevel: LogLevel;
  /** Under which metrics are counted; undefined: nothing is counted. */
  readonly serviceName: string | undefined;
}

export interface CompletionConfig extends UpstreamConfig {
  readonly clientsSecretId: string;
  readonly maxBodyBytes: number;
  /** Exact origins of pages that may call from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Who requests of these origins count as when they carry no credentials. */
  readonly anonymousClientId: string | undefined;
}

export interface QueueWorkerConfig extends UpstreamConfig {
  readonly resultsQueueUrl: string;
  /** Where known and oversized results are kept; undefined: nowhere but in memory. */
  readonly resultsBucket: string | undefined;
  /** Least time between two upstream calls of one sandbox; 0 for no limit. */
  readonly paceIntervalMs: number;
  /** How many sandboxes share the pace. */
  readonly maximumConcurrency: number;
}

export interface TokenRefreshConfig {
  readonly baseUrl: string;
  /** Baidu's IAM, which issues bearer tokens. */
  readonly iamBaseUrl: string;
  /** Undefined: no access_token is wanted. */
  readonly tokenSecretId: string | undefined;
  /** Undefined: no bearer token is wanted. */
  readonly bearerSecretId: string | undefined;
  readonly credentialsSecretId: string;
  readonly logLevel: LogLevel;
  readonly serviceName: string | undefined;
}

/**
 * Reads the settings of the completion function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readCompletionConfig(environment: Environment = process.env): CompletionConfig {
  const { settings, auth } = readSettings(completionSettings, environment, (present) =>
    present['ANONYMOUS_CLIENT'] !== undefined && present['ALLOWED_ORIGINS'] === undefined
      ? ['ANONYMOUS_CLIENT needs ALLOWED_ORIGINS: it is for the pages of these origins']
      : [],
  );
  return {
    ...toUpstreamConfig(settings, auth),
    clientsSecretId: settings.CLIENTS_SECRET_ID,
    retryCount: settings.QIANFAN_LLM_API_RETRY_COUNT,
    backoffFactor: settings.QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    anonymousClientId: settings.ANONYMOUS_CLIENT,
  };
}

/**
 * Reads the settings of the queue-worker function.
 *
 * @throws ConfigError that names every fault at once.
 */
export function readQueueWorkerConfig(environment: Environment = process.env): QueueWorkerConfig {
  const { settings, auth } = readSettings(queueWorkerSettings, environment, (present) => {
    const perMinute = Number(present['QUEUE_REQUESTS_PER_MINUTE']);
    // With less, most messages of a batch would come back untried, and use up their receives.
    return perMinute > 0 && perMinute < 3 * Number(present['QUEUE_MAXIMUM_CONCURRENCY'] ?? 1)
      ? ['QUEUE_REQUESTS_PER_MINUTE must be at least three times QUEUE_MAXIMUM_CONCURRENCY']
      : [];
  });
  const { QUEUE_REQUESTS_PER_MINUTE: perMinute, QUEUE_MAXIMUM_CONCURRENCY: sandboxes } = settings;
  return {
    ...toUpstreamConfig(settings, auth),
    // The queue is its retry.
    retryCount: 0,
    backoffFactor: 0,
    resultsQueueUrl: settings.RESULTS_QUEUE_URL,
    resultsBucket: settings.RESULTS_BUCKET,
    maximumConcurrency: sandboxes,
    paceIntervalMs: perMinute === undefined ? 0 : (60_000 * sandboxes) / perMinute,
  };
}

/** Checks what a function's own schema asks for, how it authenticates, and how the variables go together. */
function readSettings<Settings extends UpstreamSettings>(
  schema: z.ZodMiniType<Settings>,
  environment: Environment,
  findOwnContradictions: (present: Environment) => readonly string[],
): { settings: Settings; auth: AuthSettings } {
  const present = withoutEmpty(environment);
  const authName = isV1Asked(present) ? (present['QIANFAN_AUTH'] ?? 'access_token') : notAsked;
  const parsedSettings = schema.safeParse(present);
  const parsedAuth = authSettings.safeParse({ ...present, QIANFAN_AUTH: authName });
  const faults = [
    ...findIssues(parsedSettings),
    ...findIssues(parsedAuth),
    ...findContradictions(present),
    ...findOwnContradictions(present),
  ];
  if (!parsedSettings.success || !parsedAuth.success || faults.length > 0) throw new ConfigError(faults);
  return { settings: parsedSettings.data, auth: parsedAuth.data };
}

function toUpstreamConfig(settings: UpstreamSettings, auth: AuthSettings) {
  return {
    upstreams: settings.UPSTREAM,
    baseUrl: settings.QIANFAN_BASE_URL,
    auth: toAuth(auth),
    openai: {
      baseUrl: settings.OPENAI_BASE_URL,
      keySecretId: settings.OPENAI_KEY_SECRET_ID,
      bearer: settings.BEARER_SECRET_ID
        ? { secretId: settings.BEARER_SECRET_ID, refreshFunction: settings.TOKEN_REFRESH_FUNCTION ?? '' }
        : undefined,
    },
    models: settings.MODELS,
    requestTimeoutMs: settings.QIANFAN_LLM_API_RETRY_TIMEOUT * 1_000,
    logLevel: settings.LOG_LEVEL,
    serviceName: settings.SERVICE_NAME,
  };
}

function toAuth(settings: AuthSettings): QianfanAuth | undefined {
  if (settings.QIANFAN_AUTH === notAsked) return undefined;
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
  const parsed = tokenRefreshSettings.safeParse(withoutEmpty(environment));
  if (!parsed.success) throw new ConfigError(findIssues(parsed));
  if (parsed.data.TOKEN_SECRET_ID === undefined && parsed.data.BEARER_SECRET_ID === undefined) {
    throw new ConfigError(['TOKEN_SECRET_ID or BEARER_SECRET_ID must be set: there is no token to refresh']);
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
