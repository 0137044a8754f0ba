// Sends a request that carries a credential, and keeps the credential out of whatever the upstream says of it.
import type { CompletionChunk, UpstreamCall } from '../completion.ts';
import { redact } from '../redact.ts';
import type { Answer } from './answer.ts';
import type { Send } from './send.ts';
import type { OutgoingRequest } from './transport.ts';

/** Redacts the errors of the request and, for a stream, those that come later. */
export async function sendRedacted(
  send: Send,
  request: OutgoingRequest,
  call: UpstreamCall,
  secret: string,
): Promise<Answer> {
  try {
    const answer = await send(request, call);
    return answer.kind === 'stream' ? { kind: 'stream', chunks: redactChunks(answer.chunks, secret) } : answer;
  } catch (error) {
    throw redact(error, [secret]);
  }
}

async function* redactChunks(chunks: AsyncIterable<CompletionChunk>, secret: string): AsyncGenerator<CompletionChunk> {
  try {
    yield* chunks;
  } catch (error) {
    throw redact(error, [secret]);
  }
}
