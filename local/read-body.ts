// Reading a request body without trusting its size.
import type { IncomingMessage } from 'node:http';

/**
 * Returns the whole body, or undefined when it is larger than `maxBytes`. What is left of a refused body flows away
 * unread, so that the connection can be answered and used again.
 * Rejects when the client leaves before its body is complete.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = Number(request.headers['content-length'] ?? 0);
  let isTooLarge = sizeBytes > maxBytes;
  if (!isTooLarge) {
    sizeBytes = 0;
    // Leaving the plain iterator early would destroy the connection that has to carry the refusal.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      isTooLarge = sizeBytes > maxBytes;
      if (isTooLarge) break;
      chunks.push(chunk);
    }
  }
  if (!isTooLarge) return Buffer.concat(chunks);
  request.resume();
  return undefined;
}
