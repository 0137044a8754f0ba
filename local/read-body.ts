// Reading a request body without trusting its size.
import type { IncomingMessage } from 'node:http';

/**
 * Returns the whole body, or undefined when it is larger than `maxBytes`. What is left of a refused body flows away
 * unread, so that the connection can be answered and used again.
 * Rejects when the client leaves before its body is complete.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    request.resume();
    return undefined;
  }
  // By events: an async iterator over each request's body costs the host a tenth of its time.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  let chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBytes) {
      chunks.push(chunk);
    } else {
      chunks = [];
      resolve(undefined);
    }
  });
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', reject);
  return promise;
}
