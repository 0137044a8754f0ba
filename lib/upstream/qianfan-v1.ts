// Qianfan V1 as an Upstream.
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import { decodeV1Error } from '../wire/qianfan-v1-error.ts';
import { encodeV1Request } from '../wire/qianfan-v1-request.ts';
import { decodeV1Chunk, decodeV1Completion } from '../wire/qianfan-v1-response.ts';
import type { AnswerReader } from './answer.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from './transport.ts';

/** How V1 answers are read. */
export const qianfanV1Reader: AnswerReader = {
  readBody: decodeV1Completion,
  readEvent: decodeV1Chunk,
  readError: decodeV1Error,
};

const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/';

/**
 * Creates the upstream; `send` brings credentials and retry.
 *
 * @param baseUrl Scheme and host, with an optional path prefix and no trailing slash, e.g. `https://aip.baidubce.com`.
 */
export function createQianfanV1(baseUrl: string, send: Send): Upstream {
  const prepare = (request: CompletionRequest, stream: boolean): OutgoingRequest => ({
    method: 'POST',
    // The router lets only [A-Za-z0-9_-] through; encoding keeps that true for whatever else may call us.
    url: new URL(`${baseUrl}${completionsPath}${encodeURIComponent(request.model.endpoint)}`),
    headers: { 'Content-Type': 'application/json' },
    body: encodeV1Request(request, stream),
  });

  return {
    complete: async (request: CompletionRequest, call: UpstreamCall) => {
      const answer = await send(prepare(request, false), call);
      if (answer.kind === 'completion') return answer.completion;
      throw new GatewayError('upstream_invalid_response', 'Qianfan streamed an answer that was not to be streamed');
    },
    stream: async (request: CompletionRequest, call: UpstreamCall) => {
      const answer = await send(prepare(request, true), call);
      // An endpoint that does not stream answers whole: then the stream is one chunk.
      return answer.kind === 'stream' ? answer.chunks : onlyChunk({ ...answer.completion, isEnd: true });
    },
  };
}

async function* onlyChunk(chunk: CompletionChunk): AsyncGenerator<CompletionChunk> {
  yield chunk;
}
