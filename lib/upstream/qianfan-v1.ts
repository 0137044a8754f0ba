// Qianfan V1 as an Upstream.
import type { CompletionChunk, CompletionRequest, Upstream } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import { parseJson } from '../core/json.ts';
import { endpointPattern } from '../core/models.ts';
import { decodeV1Error } from '../dialects/qianfan-v1/error.ts';
import { encodeV1Request } from '../dialects/qianfan-v1/completions-request.ts';
import { decodeV1Chunk, decodeV1Completion } from '../dialects/qianfan-v1/completions-response.ts';
import type { AnswerReader } from './answer.ts';
import { createUpstream } from './create-upstream.ts';
import type { EndpointRequest, Send } from './send.ts';

/** How V1 answers are read. */
export const qianfanV1Reader: AnswerReader = {
  readBody: decodeV1Completion,
  createEventReader: () => ({ read: readV1Event, isEnding: () => false, end: () => undefined }),
  readError: (status, value) => decodeV1Error(value) ?? createStatusError(status),
};

function readV1Event(data: string): CompletionChunk[] {
  if (data === '[DONE]') return [];
  const value = parseJson(data);
  if (value !== undefined) return [decodeV1Chunk(value)];
  throw new GatewayError('upstream_invalid_response', 'The upstream sent an event that is not JSON');
}

function createStatusError(status: number): GatewayError {
  const message = `The upstream answered HTTP ${status}`;
  if (status === 429) return new GatewayError('qps_limit_reached', message);
  // What the interface answers once it is switched off.
  if (status === 404 || status === 410) return new GatewayError('unsupported_method', message);
  if (status === 401 || status === 403) return new GatewayError('upstream_auth_failed', message);
  return new GatewayError(status >= 500 ? 'upstream_http_error' : 'upstream_rejected', message);
}

const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/';

/**
 * Creates the upstream; `send` brings credentials and retry.
 *
 * @param baseUrl Scheme and host, with an optional path prefix and no trailing slash, e.g. `https://aip.baidubce.com`.
 */
export function createQianfanV1Upstream(baseUrl: string, send: Send): Upstream {
  return createUpstream(send, (request: CompletionRequest, stream: boolean): EndpointRequest => ({
    method: 'POST',
    url: new URL(`${baseUrl}${completionsPath}${readEndpoint(request)}`),
    headers: { 'Content-Type': 'application/json' },
    body: encodeV1Request(request, stream),
    endpoint: request.model.endpoint,
  }));
}

/** The endpoint becomes a path segment: nothing that could change the path's depth or add a query may stand there. */
function readEndpoint({ model }: CompletionRequest): string {
  if (endpointPattern.test(model.endpoint)) return model.endpoint;
  throw new GatewayError('api_name_not_found', 'API name not exist: it has only letters, digits, _ and -', {
    parameter: 'model',
  });
}
