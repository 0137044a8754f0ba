// Both dialects in front of real upstreams that send what a test says, with idempotency, limits, rescue and the queue.
import { createUpstreams } from '../../../lib/app/create-upstreams.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import type { UpstreamName } from '../../../lib/config/shape.ts';
import { systemClock } from '../../../lib/core/clock.ts';
import { toGatewayError } from '../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { openAiCompletions } from '../../../lib/dialects/openai/completions.ts';
import { qianfanV1Completions } from '../../../lib/dialects/qianfan-v1/completions.ts';
import { decodeQueueMessage } from '../../../lib/dialects/queue/message.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { createClientLimits } from '../../../lib/guards/client-limits.ts';
import { createIdempotency } from '../../../lib/guards/idempotency.ts';
import { answerMessage } from '../../../lib/queue/answer-message.ts';
import type { DeliveryRecord } from '../../../lib/queue/delivery-record.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogLine } from '../../doubles/create-log-recorder.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';
import { textOf } from '../../lib/gateway/create-v1-gateway.ts';

export interface LivingAsk {
  readonly dialect: UpstreamName;
  readonly stream?: boolean;
  /** Fields beside model, prompt and stream. */
  readonly fields?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LivingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The log line of the request. */
  readonly line: LogLine | undefined;
}

/** What becomes of a message; `returned`: it comes back. */
export interface QueueAnswer {
  readonly end: 'succeeded' | 'failed' | 'returned';
  readonly code: string | undefined;
  /** What is known of the answer to our own form, or the body of the answer to a Batch line. */
  readonly completion: Readonly<Record<string, unknown>> | undefined;
}

interface QueueResult {
  readonly completion?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string } | null;
  readonly response?: {
    readonly body: Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string } };
  };
}

export interface LivingGateway {
  readonly ask: (ask: LivingAsk) => Promise<LivingAnswer>;
  /** Answers a message: in our own form, or a Batch line. */
  readonly answer: (form: 'own' | 'batch', fields?: object) => Promise<QueueAnswer>;
  /** Messages of warnings that were logged. */
  readonly warnings: () => readonly string[];
}

export interface LivingGatewayOptions {
  /** Whether the OpenAI-compatible upstream serves chat only. Default: false. */
  readonly isChat?: boolean;
  /** What is set beside the upstreams, such as timeouts. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

const client = { id: 'demo', secret: 'demo-secret', limits: { tokens_per_day: 1_000_000 } } as const;
const endpoint = 'living_endpoint';

/**
 * Wires a gateway.
 *
 * @param upstreams Where they are, in the order they are asked.
 */
export function createLivingGateway(
  upstreams: Readonly<Partial<Record<UpstreamName, string>>>,
  { isChat = false, environment = {} }: LivingGatewayOptions = {},
): LivingGateway {
  const recorder = createLogRecorder();
  const { log, lines } = recorder;
  const clock = systemClock;
  const config = readCompletionConfig({
    CLIENTS_SECRET_ID: 'clients',
    UPSTREAM: Object.keys(upstreams).join(','),
    QIANFAN_BASE_URL: upstreams['qianfan-v1'],
    QIANFAN_AUTH: 'iam',
    CREDENTIALS_SECRET_ID: 'iam',
    OPENAI_BASE_URL: upstreams.openai,
    MODELS: JSON.stringify({ Living: { 'qianfan-v1': endpoint, openai: 'living', chat: isChat } }),
    UPSTREAM_CIRCUIT_FAILURES: '0',
    UPSTREAM_RETRY_BUDGET: '1000',
    ...environment,
  });
  const secrets = {
    read: async () => ({ value: { QIANFAN_ACCESS_KEY: 'access', QIANFAN_SECRET_KEY: 'secret' }, version: '1' }),
    write: async () => '1',
  };
  const table = createMemoryTable(clock);
  const cors = createCors([]);
  const models = createModelCatalog(config.models);
  const { upstream } = createUpstreams(config, secrets, log);
  const options = {
    authenticator: createAuthenticator({
      clients: createClientList(client),
      cors,
      anonymousClientId: undefined,
      clock,
    }),
    models,
    upstream,
    guards: [
      createIdempotency({ table, clock, log }),
      createClientLimits({ table, clock, log, defaults: { requestsPerMinute: undefined, tokensPerDay: undefined } }),
    ],
    maxBodyBytes: 10_000,
    clock,
  };
  const routes = [
    ...createCompletionRoutes(qianfanV1Completions, options),
    ...createCompletionRoutes(openAiCompletions, options),
  ];
  const gateway = withCheckedResponses(createGateway({ cors, routes, fallback: fallbackRoute, clock, log }));
  const newCall = () => ({ signal: new AbortController().signal, deadlineMs: clock.now() + 60_000 });

  return {
    ask: async ({ dialect, stream = false, fields = {}, headers = {} }) => {
      const isV1 = dialect === 'qianfan-v1';
      const path = `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`;
      const target = isV1 ? `${path}?access_token=${issueAccessToken(client, clock.now())}` : '/v1/completions';
      const own = isV1 ? {} : { model: 'Living', ...(stream && { stream_options: { include_usage: true } }) };
      const body = JSON.stringify({ ...own, prompt: 'def', stream, ...fields });
      const request = {
        ...createHttpRequest({ method: 'POST', target, body }),
        headers: { ...(isV1 ? {} : { authorization: `Bearer ${client.secret}` }), ...headers },
      };
      const response = await gateway(request, newCall());
      const text = await textOf(response);
      const line = lines.findLast(({ message }) => message === 'request');
      return { status: response.status, headers: response.headers, text, line };
    },
    answer: async (form, fields = {}) => {
      const body =
        form === 'own'
          ? { id: 'one', model: 'Living', prompt: 'def', ...fields }
          : {
              custom_id: 'one',
              method: 'POST',
              url: '/v1/completions',
              body: { model: 'Living', prompt: 'def', ...fields },
            };
      const message = decodeQueueMessage(JSON.stringify(body));
      const record: DeliveryRecord = { attempts: 0 };
      const call = { requestId: 'message-1', ...newCall() };
      try {
        const result = await answerMessage(message, 'one', call, record, { models, upstream });
        const { completion, error, response } = JSON.parse(result) as QueueResult;
        const code = error?.code ?? response?.body.error?.code;
        return { end: code === undefined ? 'succeeded' : 'failed', code, completion: completion ?? response?.body };
      } catch (error) {
        return { end: 'returned', code: toGatewayError(error).code, completion: undefined };
      }
    },
    warnings: () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message),
  };
}
