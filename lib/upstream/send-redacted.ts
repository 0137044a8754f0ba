// Sends a request that carries a credential, and redacts the credential from errors.
import type { UpstreamCall } from '../core/completion.ts';
import { redact } from '../core/redact.ts';
import { watchItems } from '../core/watch-items.ts';
import type { Answer } from './answer.ts';
import type { EndpointRequest, Send } from './send.ts';

/** Redacts the errors of the request and, for a stream, those that come later. */
export async function sendRedacted(
  send: Send,
  request: EndpointRequest,
  call: UpstreamCall,
  secret: string,
): Promise<Answer> {
  const mapError = (error: unknown): unknown => redact(error, [secret]);
  try {
    const answer = await send(request, call);
    return answer.kind === 'stream' ? { kind: 'stream', chunks: watchItems(answer.chunks, { mapError }) } : answer;
  } catch (error) {
    throw mapError(error);
  }
}
