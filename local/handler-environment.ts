// The environment variables of the functions, with the names they have in a deployment.
import type { Environment } from '../lib/config/faults.ts';
import type { LocalSettings } from './settings.ts';

/** The secrets of the local run. */
export const secretIds = {
  clients: 'qianfan-serverless/local/clients',
  credentials: 'qianfan-serverless/local/credentials',
  token: 'qianfan-serverless/local/token',
  openaiKey: 'qianfan-serverless/local/openai-key',
  bearer: 'qianfan-serverless/local/bearer',
} as const;

/** The functions of the local run. */
export const functionNames = {
  completion: 'qianfan-serverless-local-completion',
  tokenRefresh: 'qianfan-serverless-local-token-refresh',
  queueWorker: 'qianfan-serverless-local-queue-worker',
  playground: 'qianfan-serverless-local-playground',
} as const;

export interface LocalUrls {
  /** Qianfan V1, or the server used in its place. */
  readonly qianfanV1: string;
  /** The OpenAI-compatible upstream, or the server used in its place. */
  readonly openai: string;
  /** Baidu's IAM; undefined for the real one. */
  readonly iam: string | undefined;
  /** The embedded AWS emulation. */
  readonly aws: string;
}

/**
 * Creates the changes to the environment: a value to set, or undefined to remove the variable.
 *
 * Keys and client secrets are removed, because deployed functions get them only from Secrets Manager. Variables that
 * could lead the AWS SDK to a real account are removed as well. If the user runs another emulator, only Lambda Invoke
 * goes to the embedded one, because no other emulator knows our functions.
 */
export function createHandlerEnvironment(
  settings: LocalSettings,
  urls: LocalUrls,
  environment: Environment,
): Environment {
  const keep = (name: string, fallback: string): string => environment[name] || fallback;
  const { awsEndpointUrl } = settings;
  const endpoints: Environment =
    awsEndpointUrl === undefined
      ? {
          AWS_ENDPOINT_URL: urls.aws,
          AWS_ENDPOINT_URL_DYNAMODB: undefined,
          AWS_ENDPOINT_URL_LAMBDA: undefined,
          AWS_ENDPOINT_URL_S3: undefined,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: undefined,
          AWS_ENDPOINT_URL_SQS: undefined,
        }
      : { AWS_ENDPOINT_URL: awsEndpointUrl, AWS_ENDPOINT_URL_LAMBDA: urls.aws };
  const isSimulated = (name: string): boolean =>
    (name === 'openai' ? settings.openaiBaseUrl : settings.baseUrl) === undefined;
  // The simulator fails only on request, so a failure says nothing about the next request. Retries are plentiful, and the circuit is off.
  const patience: Environment = settings.upstreams.every(isSimulated)
    ? {
        UPSTREAM_CIRCUIT_FAILURES: keep('UPSTREAM_CIRCUIT_FAILURES', '0'),
        UPSTREAM_RETRY_BUDGET: keep('UPSTREAM_RETRY_BUDGET', '1000'),
      }
    : {};
  return {
    ...endpoints,
    ...patience,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: keep('AWS_REGION', 'us-east-1'),
    AWS_ACCESS_KEY_ID: keep('AWS_ACCESS_KEY_ID', 'local'),
    AWS_SECRET_ACCESS_KEY: keep('AWS_SECRET_ACCESS_KEY', 'local'),
    UPSTREAM: settings.upstreams.join(','),
    OPENAI_BASE_URL: urls.openai,
    OPENAI_KEY_SECRET_ID: settings.openaiApiKey === undefined ? undefined : secretIds.openaiKey,
    OPENAI_API_KEY: undefined,
    BEARER_SECRET_ID: settings.usesBearerToken ? secretIds.bearer : undefined,
    QIANFAN_IAM_BASE_URL: urls.iam,
    QIANFAN_BASE_URL: urls.qianfanV1,
    QIANFAN_AUTH: settings.auth,
    MODELS: settings.models,
    CLIENTS_SECRET_ID: secretIds.clients,
    CREDENTIALS_SECRET_ID: secretIds.credentials,
    TOKEN_SECRET_ID: secretIds.token,
    TOKEN_REFRESH_FUNCTION: functionNames.tokenRefresh,
    QIANFAN_AK: undefined,
    QIANFAN_SK: undefined,
    QIANFAN_ACCESS_KEY: undefined,
    QIANFAN_SECRET_KEY: undefined,
    CLIENTS: undefined,
  };
}

export interface WorkerResources {
  readonly resultsUrl: string;
  /** Where results go that are too large for the results queue. Undefined: nowhere. */
  readonly bucket: string | undefined;
}

/** Creates the changes for the queue worker, after the queues have been created. */
export function createWorkerEnvironment({ resultsUrl, bucket }: WorkerResources): Environment {
  return {
    RESULTS_QUEUE_URL: resultsUrl,
    RESULTS_BUCKET: bucket,
    // This process counts as one sandbox, even when it handles several batches at a time.
    QUEUE_MAXIMUM_CONCURRENCY: '1',
  };
}

/** Applies the changes to the environment of this process, which the handlers and the AWS SDK read. */
export function applyEnvironment(changes: Environment): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
