// What the functions are configured with, once their settings have been read.
import type { AwsAccess } from './aws-access.ts';
import type { ClientLimits } from '../core/limits.ts';
import type { ModelAddress } from '../core/models.ts';
import type { LogLevel } from '../core/log.ts';
import type { PenaltyName } from '../core/penalty-names.ts';

/** The upstreams there are. */
export type UpstreamName = (QianfanV1Config | OpenAiConfig)['name'];

/** How the gateway proves itself to Qianfan V1. */
export type QianfanAuth =
  | { readonly kind: 'access_token'; readonly tokenSecretId: string; readonly refreshFunction: string }
  | { readonly kind: 'iam'; readonly credentialsSecretId: string };

export interface QianfanV1Config {
  readonly name: 'qianfan-v1';
  readonly baseUrl: string;
  readonly auth: QianfanAuth;
}

export interface OpenAiConfig {
  readonly name: 'openai';
  readonly baseUrl: string;
  /** The secret with OPENAI_API_KEY; undefined for a server that wants no key. */
  readonly keySecretId: string | undefined;
  /** The one name under which it is sent penalty_score; undefined: all names. */
  readonly penaltyName?: PenaltyName | undefined;
  /** Where a short-lived bearer token is kept that is used instead of a key. */
  readonly bearer: { readonly secretId: string; readonly refreshFunction: string } | undefined;
}

/** What every function that calls upstreams is configured with. */
export interface UpstreamConfig {
  /** Those that are asked, in this order. */
  readonly upstreams: readonly (QianfanV1Config | OpenAiConfig)[];
  /** By model name. */
  readonly models: Readonly<Record<string, ModelAddress>>;
  readonly retryCount: number;
  readonly backoffFactor: number;
  /** For a new connection. */
  readonly connectTimeoutMs: number;
  /** How long an upstream may be silent before the first event of a stream, or before a whole answer. */
  readonly firstEventTimeoutMs: number;
  /** How long it may be silent in a stream that has begun. */
  readonly idleTimeoutMs: number;
  /** How long it may show signs of life, such as comments and thoughts, without any text. */
  readonly textTimeoutMs: number;
  /** How many retries a sandbox saves up for each upstream. */
  readonly retryBudget: number;
  /** How many requests have to fail in a row for an upstream to be left alone for a while; 0: it never is. */
  readonly circuitFailureThreshold: number;
  readonly logLevel: LogLevel;
  /** Under which metrics are counted; undefined: nothing is counted. */
  readonly serviceName: string | undefined;
}

export interface CompletionConfig extends UpstreamConfig {
  /** How often a stream may be continued when its upstream dies, for all models or by name; undefined: never. */
  readonly streamRescue: number | Readonly<Record<string, number>> | undefined;
  readonly clientsSecretId: string;
  /** Undefined where the environment leaves it to the AWS SDK to find out. */
  readonly aws: AwsAccess | undefined;
  readonly maxBodyBytes: number;
  /** For one request; undefined: as long as the function may run. */
  readonly totalTimeoutMs: number | undefined;
  /** Exact origins of pages that may call from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Who requests of these origins count as when they carry no credentials. */
  readonly anonymousClientId: string | undefined;
  /** Undefined: end users cannot sign in. */
  readonly oidc: OidcConfig | undefined;
  /** Where limits are counted; undefined: nowhere, and no client can have any. */
  readonly stateTable: string | undefined;
  /** Of clients whose record has none. */
  readonly clientLimits: ClientLimits;
}

/** Whose tokens stand for end users. */
export interface OidcConfig {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** What users may call whose token does not say; undefined: all. */
  readonly defaultModels: readonly string[] | undefined;
}

export interface QueueWorkerConfig extends UpstreamConfig {
  readonly resultsQueueUrl: string;
  /** Where results go that are too large for the results queue. Undefined: they become failed results. */
  readonly resultsBucket: string | undefined;
  /** The table in which the sandboxes claim messages. Undefined: each sandbox remembers only its own. */
  readonly stateTable: string | undefined;
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

export interface PlaygroundConfig {
  readonly logLevel: LogLevel;
  /** Where the gateway is, when the page is not served beside it. */
  readonly gatewayUrl: string | undefined;
}
