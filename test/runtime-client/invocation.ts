// One invocation as the Runtime API sees it: handed out once, then answered in one of four ways or not at all.
import type { IncomingMessage } from 'node:http';

/** What the runtime client says of an error. */
export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
}

export type Outcome =
  /** A buffered answer, which is JSON. */
  | { readonly how: 'returned'; readonly payload: unknown }
  | { readonly how: 'failed'; readonly error: RuntimeError }
  /** A streamed answer; the error is that of its trailers. */
  | {
      readonly how: 'streamed';
      readonly contentType: string;
      readonly body: Buffer;
      readonly error: RuntimeError | undefined;
    }
  /** Not answered whole before the deadline, or before the process ended; `body` is what came of a streamed answer. */
  | { readonly how: 'timed out' | 'exited'; readonly body: Buffer };

export interface Invocation {
  readonly requestId: string;
  /** Resolves with the answer. */
  readonly outcome: Promise<Outcome>;
  /** Resolves with the first byte of an answer, or with the end of the invocation if there is none. */
  readonly begun: Promise<void>;
  /** What has come of a streamed answer, in the pieces it came in. */
  readonly pieces: readonly Buffer[];
  /** Resolves when the streamed answer contains a text. Rejects when the invocation ends without it. */
  received(text: string): Promise<void>;
  /** Resolves when the streamed answer has so many bytes. Rejects when the invocation ends with fewer. */
  receivedBytes(count: number): Promise<void>;
  /** Reads no more of the streamed answer until `resume` is called, as a slow caller does. */
  pause(): void;
  resume(): void;
}

/** The side of an invocation that the Runtime API has. */
export interface OpenInvocation extends Invocation {
  readonly event: string;
  readonly timeoutMs: number;
  /** Told that the answer has begun. */
  begin(): void;
  /** Takes the body of a streamed answer, up to its trailers. */
  takeStream(request: IncomingMessage): Promise<void>;
  settle(outcome: Outcome): void;
  /** Ends an invocation that nobody will answer any more. */
  abandon(how: 'timed out' | 'exited'): void;
}

/** Creates an invocation that nobody has begun to answer. */
export function createInvocation(requestId: string, event: unknown, timeoutMs: number): OpenInvocation {
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
  const begun = Promise.withResolvers<void>();
  const pieces: Buffer[] = [];
  let length = 0;
  const waiting = new Set<() => void>();
  let isSettled = false;
  let isPaused = false;
  let stream: IncomingMessage | undefined;

  const wake = (): void => {
    for (const look of waiting) look();
  };
  const settle = (settled: Outcome): void => {
    if (isSettled) return;
    isSettled = true;
    resolve(settled);
    begun.resolve();
    wake();
  };
  const until = (isThere: () => boolean, what: string): Promise<void> => {
    const { promise, resolve: resolveThere, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isThere()) resolveThere();
      else if (isSettled) reject(new Error(`The answer ended without ${what}: …${textOf(pieces).slice(-500)}`));
      else return;
      waiting.delete(look);
    };
    waiting.add(look);
    look();
    return promise;
  };
  return {
    requestId,
    event: JSON.stringify(event),
    timeoutMs,
    outcome,
    begun: begun.promise,
    begin: () => begun.resolve(),
    pieces,
    settle,
    abandon: (how) => settle({ how, body: Buffer.concat(pieces) }),
    received: (text) => until(() => textOf(pieces).includes(text), text),
    receivedBytes: (count) => until(() => length >= count, `${count} bytes`),
    pause: () => {
      isPaused = true;
      stream?.pause();
    },
    resume: () => {
      isPaused = false;
      stream?.resume();
    },
    takeStream: async (request) => {
      stream = request;
      const ended = Promise.withResolvers<void>();
      request.on('data', (piece: Buffer) => {
        begun.resolve();
        pieces.push(piece);
        length += piece.length;
        wake();
      });
      // A process that dies leaves half an answer behind; its end is reported by whoever started it.
      request.on('end', () => ended.resolve()).on('error', () => undefined);
      if (isPaused) request.pause();
      await ended.promise;
      const contentType = request.headers['content-type'] ?? '';
      settle({ how: 'streamed', contentType, body: Buffer.concat(pieces), error: readTrailers(request) });
    },
  };
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString();
}

function readTrailers({ trailers }: IncomingMessage): RuntimeError | undefined {
  const { 'lambda-runtime-function-error-type': errorType, 'lambda-runtime-function-error-body': body } = trailers;
  if (errorType === undefined) return undefined;
  const { errorMessage } = JSON.parse(Buffer.from(body ?? '', 'base64').toString()) as RuntimeError;
  return { errorType, errorMessage };
}
