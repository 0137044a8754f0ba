// A gateway with both dialects behind the idempotency guard, in front of an upstream written by hand.
import type { Completion, CompletionChunk, Upstream } from '../../../lib/core/completion.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import type { Guard } from '../../../lib/guards/guard.ts';
import { createIdempotency } from '../../../lib/guards/idempotency.ts';
import { openAiCompletions } from '../../../lib/dialects/openai/completions.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { qianfanV1Completions } from '../../../lib/dialects/qianfan-v1/completions.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { Clock } from '../../../lib/core/clock.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogRecorder } from '../../doubles/create-log-recorder.ts';
import { textOf } from './create-v1-gateway.ts';

export type Dialect = 'V1' | 'OpenAI';

export const dialects: readonly Dialect[] = ['V1', 'OpenAI'];

export interface IdempotentAsk {
  readonly dialect: Dialect;
  /** The header; undefined for none. Default: `key-1`. */
  readonly key?: string | undefined;
  /** Default: `the prompt`. */
  readonly prompt?: string;
  readonly stream?: boolean;
  /** Default: {@link firstClient}. */
  readonly client?: Client;
  /** When the access_token was issued, which is what it looks like. V1 only. Default: now. */
  readonly tokenFromMs?: number;
  /** Of V1, its path segment; of OpenAI, the model. Default: the StarCoder of each. */
  readonly model?: string;
  /** Before the path, such as a stage. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
  /** Default: a minute from now. */
  readonly deadlineMs?: number;
}

export interface IdempotentGateway extends LogRecorder {
  /** The answer with a body that is yet to be read. */
  readonly begin: (ask: IdempotentAsk) => Promise<HttpResponse>;
  /** The answer with its whole body. */
  readonly ask: (ask: IdempotentAsk) => Promise<TextAnswer>;
}

export type TextAnswer = HttpResponse & { readonly body: string };

export interface IdempotentGatewayOptions {
  readonly upstream: Upstream;
  readonly table: StateTable | undefined;
  readonly clock: Clock;
  /** A guard that is to stand behind the one under test. */
  readonly inner?: Guard;
  /** Model name to endpoint. */
  readonly models?: Readonly<Record<string, string>>;
}

export const firstClient: Client = { id: 'client-canary', secret: 'secret-canary' };
export const secondClient: Client = { id: 'shop', secret: 'shop-secret' };

/** An upstream that numbers its answers, and whose methods a test may replace. */
export interface CountingUpstream extends Upstream {
  complete: Upstream['complete'];
  stream: Upstream['stream'];
  /** How many calls have begun. */
  readonly count: number;
}

/** @param answer What call `number` comes to, in pieces; what it throws, before or between pieces, is the error. */
export function createCountingUpstream(
  answer: (number: number, signal: AbortSignal) => AsyncIterable<string> = async function* twoPieces(number) {
    yield `answer ${number}, `;
    yield `${number} pieces of gold`;
  },
): CountingUpstream {
  let count = 0;
  const completionOf = (text: string): Completion => ({
    id: `as-${count}`,
    createdSeconds: 7,
    text,
    isSafe: true,
    usage: { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
  });
  return {
    get count() {
      return count;
    },
    complete: async (_request, { signal }) => {
      count += 1;
      return completionOf((await Array.fromAsync(answer(count, signal))).join(''));
    },
    stream: async (_request, { signal }) => {
      count += 1;
      const pieces = answer(count, signal)[Symbol.asyncIterator]();
      const first = await pieces.next();
      return (async function* chunks(): AsyncGenerator<CompletionChunk> {
        try {
          for (let piece = first; !piece.done; piece = await pieces.next()) {
            yield { ...completionOf(piece.value), isEnd: false };
          }
          yield { ...completionOf(''), isEnd: true };
        } finally {
          await pieces.return?.();
        }
      })();
    },
  };
}

export function createIdempotentGateway(options: IdempotentGatewayOptions): IdempotentGateway {
  const { upstream, table, clock, inner, models = { StarCoder: 'lbwxxxd4_starcoder' } } = options;
  const recorder = createLogRecorder();
  const { log } = recorder;
  const cors = createCors([]);
  const clients = createClientList(firstClient, secondClient);
  const idempotency = createIdempotency({ table, clock, log });
  const routeOptions = {
    authenticator: createAuthenticator({ clients, cors, anonymousClientId: undefined, clock }),
    models: createModelCatalog(models),
    upstream,
    guards: inner === undefined ? [idempotency] : [idempotency, inner],
    maxBodyBytes: 10_000,
    clock,
  };
  const routes = [
    ...createCompletionRoutes(qianfanV1Completions, routeOptions),
    ...createCompletionRoutes(openAiCompletions, routeOptions),
  ];
  const gateway = withCheckedResponses(createGateway({ cors, routes, fallback: fallbackRoute, clock, log }));

  const begin: IdempotentGateway['begin'] = async (given) => {
    const { dialect, prompt = 'the prompt', stream = false, client = firstClient } = given;
    const { signal = new AbortController().signal, deadlineMs = clock.now() + 60_000 } = given;
    const { model = dialect === 'V1' ? 'lbwxxxd4_starcoder' : 'StarCoder', tokenFromMs = clock.now() } = given;
    const key = 'key' in given ? given.key : 'key-1';
    const target =
      dialect === 'V1'
        ? `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${model}?access_token=${issueAccessToken(client, tokenFromMs)}`
        : '/v1/completions';
    const body = JSON.stringify({ ...(dialect === 'V1' ? {} : { model }), prompt, stream });
    const request = {
      ...createHttpRequest({ method: 'POST', target: `${given.prefix ?? ''}${target}`, body }),
      headers: {
        ...(dialect === 'V1' ? {} : { authorization: `Bearer ${client.secret}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    };
    return gateway(request, { signal, deadlineMs });
  };

  return {
    ...recorder,
    begin,
    ask: async (given) => {
      const response = await begin(given);
      return { ...response, body: await textOf(response) };
    },
  };
}

/** The code that a caller can read in an answer; undefined when it is no error. */
export function codeOf({ body }: TextAnswer): unknown {
  const json = body.startsWith('data:') ? {} : (JSON.parse(body) as Readonly<Record<string, unknown>>);
  const error = json['error'] as Readonly<Record<string, unknown>> | undefined;
  return json['error_code'] ?? error?.['code'];
}
