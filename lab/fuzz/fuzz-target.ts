// The functions of the bundle, wired as when deployed, between hostile events and upstreams that watch every byte.
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { StreamifyHandler } from 'aws-lambda';
import { createCompletionApp } from '../../lib/app/create-completion-app.ts';
import { createQueueWorkerApp } from '../../lib/app/create-queue-worker-app.ts';
import { readCompletionConfig, readQueueWorkerConfig } from '../../lib/config/read-config.ts';
import { issueAccessToken } from '../../lib/access/issued-token.ts';
import { createHttpFunction } from '../../lib/lambda/http-function.ts';
import { createSqsFunction } from '../../lib/lambda/sqs-batch.ts';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import { applyEnvironment } from '../../local/handler-environment.ts';
import { createLambdaContext } from '../../local/lambda-context.ts';
import { installLambdaRuntime, invokeStreaming } from '../../local/lambda-runtime.ts';
import { seedQueues } from '../../local/seed-queues.ts';
import { answerCompletion } from './completion-answers.ts';
import { startLogCapture } from './log-capture.ts';
import { startRawUpstream } from './raw-upstream.ts';
import type { RawUpstream, SeenRequest } from './raw-upstream.ts';

/** The only client; it may do everything. */
export const fuzzClient = { id: 'demo', secret: 'demo-secret' };
/** The credentials of the gateway at its upstreams. */
export const upstreamToken = '24.upstream-token+/=';
export const upstreamKey = 'upstream-key';
/** Pages of this origin may call. */
export const allowedOrigin = 'https://app.example';

export type UpstreamKind = 'qianfan-v1' | 'openai';

export interface FunctionOutcome {
  /** The bytes of the response stream: metadata, delimiter, body. */
  readonly bytes: Buffer;
  readonly logLines: readonly string[];
  readonly seen: readonly SeenRequest[];
}

export interface FuzzTarget {
  /** Invokes the HTTP function in front of that upstream. Rejects when the function throws. */
  invoke(kind: UpstreamKind, event: unknown): Promise<FunctionOutcome>;
  /** Invokes the queue worker; `returned` is what it told SQS. */
  invokeWorker(event: unknown): Promise<Omit<FunctionOutcome, 'bytes'> & { readonly returned: unknown }>;
  readonly upstream: RawUpstream;
  /** A server that must never be called, whatever a caller sends. */
  readonly trap: RawUpstream;
  readonly accessToken: string;
  close(): Promise<void>;
}

export interface FuzzTargetOptions {
  /** Default: completions. */
  readonly answer?: (request: SeenRequest, trapUrl: string) => string;
}

const identity = { functionName: 'fuzz', timeoutMs: 30_000 };

/** Starts everything in this process. It changes `process.env`, where the AWS SDK looks, and catches the log. */
export async function startFuzzTarget({ answer = answerCompletion }: FuzzTargetOptions = {}): Promise<FuzzTarget> {
  const trap = await startRawUpstream(() => 'HTTP/1.1 500 Trapped\r\nContent-Length: 0\r\n\r\n');
  const upstream = await startRawUpstream((request) => answer(request, trap.url));
  const aws = await startAwsEmulation({ port: 0, functions: new Map() });
  applyEnvironment({
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  await seedFuzzSecrets();
  const queues = await seedQueues(() => undefined);
  const environment = {
    CLIENTS_SECRET_ID: 'clients',
    TOKEN_SECRET_ID: 'token',
    TOKEN_REFRESH_FUNCTION: 'none',
    OPENAI_KEY_SECRET_ID: 'openai-key',
    QIANFAN_BASE_URL: `${upstream.url}/base`,
    OPENAI_BASE_URL: `${upstream.url}/v2`,
    MODELS: JSON.stringify({
      StarCoder: 'lbwxxxd4_starcoder',
      Chatty: { 'qianfan-v1': 'chatty', openai: 'chatty-model', chat: true },
    }),
    ALLOWED_ORIGINS: allowedOrigin,
    QIANFAN_LLM_API_RETRY_COUNT: '0',
    LOG_LEVEL: 'debug',
  };
  installLambdaRuntime();
  const createHandler = (kind: UpstreamKind): StreamifyHandler => {
    const app = createCompletionApp(readCompletionConfig({ ...environment, UPSTREAM: kind }));
    return awslambda.streamifyResponse(createHttpFunction(app) as StreamifyHandler);
  };
  const handlers = { 'qianfan-v1': createHandler('qianfan-v1'), openai: createHandler('openai') };
  const resultsUrl = queues?.results.url ?? '';
  const worker = createSqsFunction(
    createQueueWorkerApp(readQueueWorkerConfig({ ...environment, RESULTS_QUEUE_URL: resultsUrl })),
  );
  const capture = startLogCapture();

  return {
    upstream,
    trap,
    accessToken: issueAccessToken(fuzzClient, Date.now()),
    invoke: async (kind, event) => {
      const parts: Buffer[] = [];
      const sink = {
        write: (bytes: Buffer, done: () => void) => {
          parts.push(bytes);
          done();
        },
        end: (done: () => void) => done(),
      };
      await invokeStreaming(handlers[kind], event, { ...identity, sink, signal: new AbortController().signal });
      return { bytes: Buffer.concat(parts), logLines: capture.take(), seen: upstream.take() };
    },
    invokeWorker: async (event) => {
      const returned = await worker(event as Parameters<typeof worker>[0], createLambdaContext(identity));
      return { returned, logLines: capture.take(), seen: upstream.take() };
    },
    close: async () => {
      capture.stop();
      await Promise.all([upstream.close(), trap.close(), aws.close()]);
    },
  };
}

async function seedFuzzSecrets(): Promise<void> {
  const client = new SecretsManagerClient();
  const seed = (name: string, value: unknown) =>
    client.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }));
  const inTenDays = Math.floor(Date.now() / 1_000) + 864_000;
  await Promise.all([
    seed('clients', [fuzzClient]),
    seed('token', { access_token: upstreamToken, expires_at: inTenDays }),
    seed('openai-key', { OPENAI_API_KEY: upstreamKey }),
  ]);
  client.destroy();
}
