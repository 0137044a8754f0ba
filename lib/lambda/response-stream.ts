// Writes an HttpResponse into Lambda's response stream.
import type { Writable } from 'node:stream';
import type { HttpResponse } from '../core/http.ts';

/**
 * Sends status and headers, then the body as it comes. When the stream is full, the next piece is not asked for until
 * it has drained. When the caller has gone, the body is given up, which cancels what feeds it.
 *
 * @param signal Stops waiting for a full stream; the body may then still write its final error.
 */
export async function sendResponse(
  responseStream: awslambda.HttpResponseStream,
  response: HttpResponse,
  signal: AbortSignal,
): Promise<void> {
  const stream: Writable = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: response.status,
    headers: response.headers,
  });
  // A caller that goes away is an error of the stream; the loop below sees it by `destroyed`.
  stream.on('error', () => undefined);
  // Status and headers travel with the first write: an end() alone would lose them, and an empty body with them.
  stream.write('');
  if (typeof response.body === 'string') {
    stream.write(response.body);
  } else {
    for await (const piece of response.body) {
      if (stream.destroyed) break;
      if (!stream.write(piece)) await drained(stream, signal);
    }
  }
  stream.end();
}

async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  if (stream.destroyed || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onEnd = (): void => resolve();
  stream.once('drain', onEnd).once('close', onEnd);
  signal.addEventListener('abort', onEnd);
  await promise;
  stream.off('drain', onEnd).off('close', onEnd);
  signal.removeEventListener('abort', onEnd);
}
