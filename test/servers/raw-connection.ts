// One TCP connection that carries raw requests one after the other, as SDKs that keep connections alive do.
import { once } from 'node:events';
import { connect } from 'node:net';
import { readRawAnswer } from './raw-answer.ts';
import type { RawAnswer } from './raw-answer.ts';

export interface RawConnection {
  /**
   * Sends the bytes of one request and resolves with its whole answer. Rejects when the answer breaks HTTP, when the
   * connection ends before it is complete, and when bytes follow it.
   */
  exchange(request: string): Promise<RawAnswer>;
  close(): void;
}

/** Connects to the host and port of a URL. */
export async function openRawConnection(url: string): Promise<RawConnection> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let parts: Buffer[] = [];
  let hasEnded = false;
  let onProgress = (): void => undefined;
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    onProgress();
  });
  // A cut connection may show as an error; 'close' follows.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    hasEnded = true;
    onProgress();
  });

  return {
    exchange: (request) =>
      new Promise<RawAnswer>((resolve, reject) => {
        onProgress = () => {
          try {
            const bytes = Buffer.concat(parts);
            parts = [bytes];
            const read = readRawAnswer(bytes, hasEnded);
            if (read === undefined && hasEnded) throw new Error('The connection ended before its answer');
            if (read === undefined) return;
            if (bytes.length > read.length) throw new Error('Bytes follow the answer');
            parts = [];
            onProgress = () => undefined;
            resolve(read.answer);
          } catch (error) {
            reject(error);
          }
        };
        if (hasEnded) onProgress();
        else socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
