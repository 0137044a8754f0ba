// What every upstream has in common: a request written, sent, and answered whole or in chunks.
import type { CompletionChunk, CompletionRequest, Upstream } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import type { EndpointRequest, Send } from './send.ts';

/** Creates an upstream from what writes its requests and what sends them. */
export function createUpstream(
  send: Send,
  prepare: (request: CompletionRequest, stream: boolean) => EndpointRequest,
): Upstream {
  return {
    complete: async (request, call) => {
      const answer = await send(prepare(request, false), call);
      if (answer.kind === 'completion') return answer.completion;
      // Leaving the iteration gives the connection up; a stream that is not begun would be kept for ever.
      for await (const chunk of answer.chunks) if (chunk !== undefined) break;
      throw new GatewayError(
        'upstream_invalid_response',
        'The upstream streamed an answer that was not to be streamed',
      );
    },
    stream: async (request, call) => {
      const answer = await send(prepare(request, true), call);
      // A service that does not stream answers whole: then the stream is one chunk.
      return answer.kind === 'stream' ? answer.chunks : onlyChunk({ ...answer.completion, isEnd: true });
    },
  };
}

async function* onlyChunk(chunk: CompletionChunk): AsyncGenerator<CompletionChunk> {
  yield chunk;
}
