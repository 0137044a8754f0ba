// An HTTP client that sees the bytes on the socket.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, one character a byte. */
  received(): string;
  /** Resolves once `text` has been received. Rejects when the connection ends without it. */
  waitFor(text: string): Promise<void>;
  /** Resolves with everything received once the connection has ended. */
  waitForEnd(): Promise<string>;
}

/** Connects and sends the lines of a request, each ended with CRLF. */
export async function sendRaw(url: string, lines: readonly string[], body: string | Buffer = ''): Promise<RawClient> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  // A cut connection may show as an error; 'close' follows and is what the tests wait for.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return {
    socket,
    received: () => received,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (received.includes(text)) resolve();
        };
        check();
        socket.on('data', check);
        socket.once('close', () => reject(new Error(`The connection ended without ${JSON.stringify(text)}`)));
      }),
    waitForEnd: async () => {
      await closed;
      return received;
    },
  };
}
