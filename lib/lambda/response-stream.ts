// Writes an HttpResponse into Lambda's response stream.
import type { Writable } from 'node:stream';
import type { HttpResponse } from '../http.ts';

/**
 * Sends status and headers, then the body as it comes. When the stream is full, the next piece is not asked for until
 * it has drained. When the caller has gone, the body is given up, which cancels what feeds it.
 */
export async function sendResponse(
  responseStream: awslambda.HttpResponseStream,
  response: HttpResponse,
): Promise<void> {
  const stream: Writable = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: response.status,
    headers: response.headers,
  });
  // A caller that goes away is an error of the stream; the loop below sees it by `destroyed`.
  stream.on('error', () => undefined);
  if (typeof response.body === 'string') {
    // Status and headers travel with the first write: an end() alone would lose them, even for an empty body.
    stream.write(response.body);
  } else {
    for await (const piece of response.body) {
      if (stream.destroyed) break;
      if (!stream.write(piece)) await drained(stream);
    }
  }
  stream.end();
}

async function drained(stream: Writable): Promise<void> {
  if (stream.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.once('drain', resolve).once('close', resolve);
  await promise;
  stream.off('drain', resolve).off('close', resolve);
}
