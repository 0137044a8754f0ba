// Copies the response stream of a function to the client of the HTTP host, as API Gateway does.
import type { ServerResponse } from 'node:http';
import { formatFailure } from './function-failure.ts';
import { maxPreludeBytes, readPrelude, splitPrelude } from './response-prelude.ts';
import type { ResponseSink } from './response-stream.ts';

/** Answers with a JSON message as API Gateway itself sends it. */
export function sendGatewayMessage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
}

/** Answers as API Gateway answers for a function that failed. */
export function sendBadGateway(response: ServerResponse): void {
  sendGatewayMessage(response, 502, 'Internal server error');
}

/**
 * Creates the sink that writes to `response`. It sends status and headers as soon as the metadata is complete, then the
 * body piece by piece, and accepts no more while the client's socket is full. A stream without valid metadata is
 * answered with 502 and then dropped, and the reason is passed to `log`.
 */
export function createGatewayResponse(response: ServerResponse, log: (line: string) => void): ResponseSink {
  let received = Buffer.alloc(0);
  let state: 'prelude' | 'body' | 'refused' = 'prelude';

  const refuse = (): void => {
    state = 'refused';
    sendBadGateway(response);
  };
  const startBody = (metadata: string): void => {
    try {
      const { statusCode, rawHeaders } = readPrelude(metadata);
      response.writeHead(statusCode, [...rawHeaders]);
      state = 'body';
    } catch (error) {
      log(formatFailure('response metadata', error));
      refuse();
    }
  };
  /** Returns the body bytes among the received ones. */
  const takePrelude = (bytes: Buffer): Buffer => {
    received = Buffer.concat([received, bytes]);
    const split = splitPrelude(received);
    const preludeBytes = split === undefined ? received.length : Buffer.byteLength(split.metadata);
    if (preludeBytes > maxPreludeBytes) refuse();
    else if (split !== undefined) startBody(split.metadata);
    return split?.body ?? Buffer.alloc(0);
  };

  /** Whether the socket is corked, so that everything written in one turn of the event loop is sent in one piece. */
  let isCorked = false;
  const cork = (): void => {
    const { socket } = response;
    if (isCorked || socket === null) return;
    isCorked = true;
    // Not response.cork(), which would join everything into one HTTP chunk.
    socket.cork();
    setImmediate(() => {
      isCorked = false;
      socket.uncork();
    });
  };

  return {
    write: (bytes, done) => {
      const isHead = state === 'prelude';
      const body = isHead ? takePrelude(bytes) : bytes;
      cork();
      // Sends the head alone if there is no body yet.
      if (isHead && state === 'body' && body.length === 0) response.flushHeaders();
      if (state !== 'body' || body.length === 0 || response.write(body)) done();
      else response.once('drain', done);
    },
    end: (done) => {
      if (state === 'prelude') refuse();
      if (state === 'body') response.end(done);
      else done();
    },
  };
}
