// A gateway that serves the V1 completion route, in front of an upstream written by hand.
import type { CompletionRequest, Upstream } from '../../../lib/core/completion.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { qianfanV1Completions } from '../../../lib/dialects/qianfan-v1/completions.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import type { FakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogLine } from '../../doubles/create-log-recorder.ts';

export const maxBodyBytes = 1_000;

/** Every field of the V1 pages. */
export const fullBody = {
  prompt: 'Introduce the city Beijing',
  stream: false,
  temperature: 0.5,
  top_k: 10,
  top_p: 0.9,
  penalty_score: 1.1,
  stop: ['.'],
  user_id: 'end-user',
};

/** May call every model. */
export const demo: Client = { id: 'demo', secret: 'demo-secret' };
/** May call StarCoder and one custom endpoint. */
export const restricted: Client = { id: 'shop', secret: 's', models: ['starcoder', 'lbwxxxd4_test1'] };

export interface V1Ask {
  readonly method?: string;
  /** Path segment. Default: the endpoint of StarCoder. */
  readonly endpoint?: string;
  /** Default: a token of `demo`. */
  readonly query?: string;
  /** Default: a prompt, and `stream` as below. */
  readonly body?: string | Buffer;
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
  /** Whether to read a streamed body. Default: true. */
  readonly isRead?: boolean;
}

export interface V1Answer {
  readonly response: HttpResponse;
  /** The body, if it was read. */
  readonly text: string;
  readonly lines: readonly LogLine[];
  readonly line: LogLine | undefined;
}

/** The upstream: tests replace its methods; calls are recorded before they run. */
export interface UpstreamDouble {
  complete: Upstream['complete'];
  stream: Upstream['stream'];
  readonly calls: readonly { readonly method: string; readonly request: CompletionRequest }[];
}

export interface V1Gateway {
  readonly ask: (ask?: V1Ask) => Promise<V1Answer>;
  readonly upstream: UpstreamDouble;
  readonly clock: FakeClock;
  readonly tokenOf: (client: Client) => string;
}

export function createV1Gateway(): V1Gateway {
  const clock = createFakeClock();
  const { log, lines } = createLogRecorder();
  const calls: { method: string; request: CompletionRequest }[] = [];
  const upstream: UpstreamDouble = {
    calls,
    complete: async () => ({ id: 'as-0', createdSeconds: 0, text: '', isSafe: true }),
    stream: async () => (async function* () {})(),
  };
  const cors = createCors([]);
  const clients = createClientList(demo, restricted);
  const routes = createCompletionRoutes(qianfanV1Completions, {
    authenticator: createAuthenticator({ clients, cors, anonymousClientId: undefined, clock }),
    models: createModelCatalog({ StarCoder: 'lbwxxxd4_starcoder' }),
    upstream: {
      complete: (request, call) => {
        calls.push({ method: 'complete', request });
        return upstream.complete(request, call);
      },
      stream: (request, call) => {
        calls.push({ method: 'stream', request });
        return upstream.stream(request, call);
      },
    },
    guards: [],
    maxBodyBytes,
    clock,
  });
  const gateway = withCheckedResponses(createGateway({ cors, routes, fallback: fallbackRoute, clock, log }));
  const tokenOf = (client: Client): string => issueAccessToken(client, clock.now());

  const ask = async (given: V1Ask = {}): Promise<V1Answer> => {
    const {
      method = 'POST',
      endpoint = 'lbwxxxd4_starcoder',
      query = `access_token=${tokenOf(demo)}`,
      stream = false,
      body = JSON.stringify({ prompt: 'p', stream }),
      signal = new AbortController().signal,
      isRead = true,
    } = given;
    const target = `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}?${query}`;
    const response = await gateway(createHttpRequest({ method, target, body }), { signal, deadlineMs: 12_345 });
    const text = isRead ? await textOf(response) : '';
    return { response, text, lines, line: lines.at(-1) };
  };

  return { ask, upstream, clock, tokenOf };
}

export async function textOf({ body }: HttpResponse): Promise<string> {
  return typeof body === 'string' ? body : (await Array.fromAsync(body)).join('');
}

/** The JSON of each frame of a stream. */
export function jsonOf(stream: string): Readonly<Record<string, unknown>>[] {
  const frames = stream.split('\n\n').slice(0, -1);
  return frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')) as Readonly<Record<string, unknown>>);
}
