// Lambda's response stream, as a function gets it, and what comes out at its other end.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { exposeResponseStream, ResponseStream } from '../../../local/response-stream.ts';

export interface ResponseRecorder {
  readonly stream: awslambda.HttpResponseStream;
  /** Everything that has come out so far. */
  received(): ReceivedResponse;
  /** Whether the end has come out. */
  isEnded(): boolean;
  /** Lets all that waits come out, and what follows. */
  release(): void;
  /** Closes the stream as a caller does who leaves, or as a broken connection does. */
  destroy(error?: Error): void;
}

export interface ReceivedResponse {
  /** Status and headers; undefined when they were not sent. */
  readonly prelude: unknown;
  readonly body: string;
}

/** Creates the stream. With `isHeld`, nothing comes out of it until release(). */
export function createResponseRecorder({ isHeld = false } = {}): ResponseRecorder {
  const parts: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let held = isHeld;
  let ended = false;
  const inner = new ResponseStream({
    write: (bytes, done) => {
      const take = (): void => {
        parts.push(bytes);
        done();
      };
      if (held) waiting.push(take);
      else take();
    },
    end: (done) => {
      ended = true;
      done();
    },
  });
  return {
    stream: exposeResponseStream(inner),
    received: () => {
      const text = Buffer.concat(parts).toString();
      const [head, body] = text.split('\0'.repeat(8));
      return head === undefined || body === undefined
        ? { prelude: undefined, body: text }
        : { prelude: JSON.parse(head), body };
    },
    isEnded: () => ended,
    release: () => {
      held = false;
      for (const take of waiting.splice(0)) take();
    },
    destroy: (error) => void inner.destroy(error),
  };
}

/** Lets everything run that can run now. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}
