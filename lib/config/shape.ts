// The types of the functions' settings, as read-config.ts returns them.
import type { AwsAccess } from './aws-access.ts';
import type { ClientLimits } from '../core/limits.ts';
import type { ModelAddress } from '../core/models.ts';
import type { LogLevel } from '../core/log.ts';
import type { PenaltyName } from '../core/penalty-names.ts';

/** The names of all upstreams. */
export type UpstreamName = (QianfanV1Config | OpenAiConfig)['name'];

/** How the gateway authenticates to Qianfan V1. */
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
  /** How many stop items it takes; the rest is enforced here. */
  readonly stopItems: number;
  /** The secret with OPENAI_API_KEY; undefined for a server that needs no key. */
  readonly keySecretId: string | undefined;
  /**
   * The application that the key is bound to, for the header `appid` of every request
   * (https://cloud.baidu.com/doc/qianfan-api/s/ym9chdsy5); undefined: none.
   */
  readonly appId: string | undefined;
  /** The one name under which it is sent penalty_score; undefined: all names. */
  readonly penaltyName?: PenaltyName | undefined;
  /** The secret with a short-lived bearer token, used in place of a key, and the function that refreshes it. */
  readonly bearer: { readonly secretId: string; readonly refreshFunction: string } | undefined;
}

/** The settings of every function that calls upstreams. */
export interface UpstreamConfig {
  /** In the order in which they are asked. */
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
  /** After how many failures in a row an upstream is not called for a while; 0: it is always called. */
  readonly circuitFailureThreshold: number;
  readonly logLevel: LogLevel;
  /** The `service` dimension of the metrics; undefined: no metrics are written. */
  readonly serviceName: string | undefined;
}

export interface CompletionConfig extends UpstreamConfig {
  /** How often a stream may be continued when its upstream breaks it off, for all models or by name; undefined: never. */
  readonly streamRescue: number | Readonly<Record<string, number>> | undefined;
  readonly clientsSecretId: string;
  /** Undefined where the environment alone does not suffice and the AWS SDK has to find it out. */
  readonly aws: AwsAccess | undefined;
  readonly maxBodyBytes: number;
  /** For one request; undefined: as long as the function may run. */
  readonly totalTimeoutMs: number | undefined;
  /** Exact origins of pages that may call from a browser. */
  readonly allowedOrigins: readonly string[];
  /** The client that a request from one of these origins counts as when it carries no credentials. */
  readonly anonymousClientId: string | undefined;
  /** Undefined: end users cannot sign in. */
  readonly oidc: OidcConfig | undefined;
  /** The table in which limits are counted; undefined: there is none, and no client can have limits. */
  readonly stateTable: string | undefined;
  /** The limits of clients whose record has none. */
  readonly clientLimits: ClientLimits;
}

/** The OpenID Connect issuer whose tokens authenticate end users. */
export interface OidcConfig {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** The models that a user may call if the token names none; undefined: all. */
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
  /** Undefined: no access_token is used. */
  readonly tokenSecretId: string | undefined;
  /** Undefined: no bearer token is used. */
  readonly bearerSecretId: string | undefined;
  readonly credentialsSecretId: string;
  readonly logLevel: LogLevel;
  readonly serviceName: string | undefined;
}

export interface PlaygroundConfig {
  readonly logLevel: LogLevel;
  /** The URL of the gateway, if the page is served from another origin. */
  readonly gatewayUrl: string | undefined;
}
