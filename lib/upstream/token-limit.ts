// Keeps a text within max_tokens where the upstream may not.
import type { Completion, CompletionChunk, Upstream } from '../core/completion.ts';

/**
 * Cuts a text that has more tokens than were asked for. Qianfan V1 is sent the limit under a name its pages do not
 * have for these models, so a service may ignore it; it counts tokens but does not show where they end, so the text is
 * cut in proportion. The finish reason is then `length`, and the usage says what was generated, which is what is charged.
 */
export function withTokenLimit(upstream: Upstream): Upstream {
  return {
    complete: async (request, call) => {
      const completion = await upstream.complete(request, call);
      return request.maxTokens === undefined ? completion : limit(completion, 0, request.maxTokens);
    },
    stream: async (request, call) => {
      const chunks = await upstream.stream(request, call);
      return request.maxTokens === undefined ? chunks : limitChunks(chunks, request.maxTokens);
    },
  };
}

async function* limitChunks(
  chunks: AsyncIterable<CompletionChunk>,
  maxTokens: number,
): AsyncGenerator<CompletionChunk> {
  let before = 0;
  for await (const chunk of chunks) {
    const limited = limit(chunk, before, maxTokens);
    if (limited.finishReason === 'length') {
      yield { ...limited, isEnd: true };
      // Returning cancels the upstream request. After the last chunk, reading to the end of the body lets the connection
      // be reused.
      if (!chunk.isEnd) return;
      continue;
    }
    yield limited;
    before = chunk.usage?.completionTokens ?? before;
  }
}

function limit<T extends Completion>(piece: T, tokensBefore: number, maxTokens: number): T {
  const tokens = piece.usage?.completionTokens;
  if (tokens === undefined || tokens < maxTokens) return piece;
  const kept = (maxTokens - tokensBefore) / (tokens - tokensBefore);
  const characters = Array.from(piece.text);
  return {
    ...piece,
    text: characters.slice(0, Math.ceil(characters.length * kept)).join(''),
    finishReason: piece.finishReason ?? 'length',
  };
}
