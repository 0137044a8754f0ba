// A gateway that serves the OpenAI routes, in front of an upstream written by hand.
import type { Completion, CompletionChunk, CompletionRequest, Upstream } from '../../../lib/core/completion.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createCors } from '../../../lib/access/cors.ts';
import type { CompletionRouteOptions } from '../../../lib/gateway/completion-route.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { createModelRoutes } from '../../../lib/gateway/model-routes.ts';
import { openAiCompletions } from '../../../lib/dialects/openai/completions.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogLine } from '../../doubles/create-log-recorder.ts';
import { demo, maxBodyBytes, restricted, textOf } from './create-v1-gateway.ts';

export interface OpenAiAsk {
  readonly method?: string;
  /** Default: `/v1/completions`. */
  readonly path?: string;
  /** The Authorization header; null for none. Default: the key of `demo`. */
  readonly authorization?: string | null;
  /** Fields beside the model StarCoder and the prompt `p`. */
  readonly fields?: object;
  /** Default: the fields above. */
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

export interface OpenAiAnswer {
  readonly response: HttpResponse;
  readonly text: string;
  readonly line: LogLine | undefined;
}

export interface OpenAiGateway {
  readonly ask: (ask?: OpenAiAsk) => Promise<OpenAiAnswer>;
  /** Tests replace its methods; requests are recorded before they run. */
  readonly upstream: { complete: Upstream['complete']; stream: Upstream['stream'] };
  readonly requests: readonly CompletionRequest[];
}

export const bearerOfRestricted = `Bearer ${restricted.secret}`;

export const completionOf = (text: string, more: Partial<Completion> = {}): Completion => ({
  id: 'as-1',
  createdSeconds: 7,
  text,
  isSafe: true,
  usage: { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
  ...more,
});

/** A stream of the texts, the usage of each being that of the answer so far. */
export async function* chunksOf(
  texts: readonly string[],
  more: Partial<Completion> = {},
): AsyncGenerator<CompletionChunk> {
  for (const [index, text] of texts.entries()) {
    const usage = { promptTokens: 2, completionTokens: index + 1, totalTokens: index + 3 };
    yield { ...completionOf(text, { usage, ...more }), isEnd: index === texts.length - 1 };
  }
}

export function createOpenAiGateway(): OpenAiGateway {
  const clock = createFakeClock();
  const { log, lines } = createLogRecorder();
  const cors = createCors([]);
  const requests: CompletionRequest[] = [];
  const upstream = {
    complete: async () => completionOf('text'),
    stream: async () => chunksOf(['te', 'xt']),
  } as OpenAiGateway['upstream'];
  const options = {
    authenticator: createAuthenticator({
      clients: createClientList(demo, restricted),
      cors,
      anonymousClientId: undefined,
      clock,
    }),
    models: createModelCatalog({ StarCoder: 'lbwxxxd4_starcoder' }),
    upstream: {
      complete: (request, call) => {
        requests.push(request);
        return upstream.complete(request, call);
      },
      stream: (request, call) => {
        requests.push(request);
        return upstream.stream(request, call);
      },
    },
    guards: [],
    maxBodyBytes,
    clock,
  } satisfies CompletionRouteOptions;
  const routes = [
    ...createCompletionRoutes(openAiCompletions, options),
    ...createModelRoutes({ ...options, codec: openAiCompletions }),
  ];
  const gateway = withCheckedResponses(createGateway({ cors, routes, fallback: fallbackRoute, clock, log }));

  const ask = async (given: OpenAiAsk = {}): Promise<OpenAiAnswer> => {
    const {
      method = 'POST',
      path = '/v1/completions',
      authorization = `Bearer ${demo.secret}`,
      fields = {},
      body = method === 'POST' ? JSON.stringify({ model: 'StarCoder', prompt: 'p', ...fields }) : '',
      signal = new AbortController().signal,
    } = given;
    const request = {
      ...createHttpRequest({ method, target: path, body }),
      headers: authorization === null ? {} : { authorization },
    };
    const response = await gateway(request, { signal, deadlineMs: 12_345 });
    return { response, text: await textOf(response), line: lines.at(-1) };
  };

  return { ask, upstream, requests };
}
