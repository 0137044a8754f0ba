// The response stream of a streaming handler, with the behaviour of the Node.js runtime's own.
import { once } from 'node:events';
import { Writable } from 'node:stream';

/** Where the bytes of a response go: the metadata prelude with its delimiter first, then the body. */
export interface ResponseSink {
  /** Takes bytes and calls `done` once it can take more. */
  write(bytes: Buffer, done: () => void): void;
  /** Called after the last bytes; `done` when the client has them. */
  end(done: () => void): void;
}

type WriteCallback = (error: Error | null | undefined) => void;

const highWaterMarkBytes = 65_536;
const preludeDelimiter = Buffer.alloc(8);

const forwardedMethods = [
  ...(['write', 'end', 'destroy', 'cork', 'uncork', 'setContentType'] as const),
  ...(['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners'] as const),
  ...(['prependListener', 'prependOnceListener', 'setMaxListeners', 'getMaxListeners'] as const),
  ...(['listeners', 'rawListeners', 'listenerCount', 'eventNames', 'emit'] as const),
] as const;

const forwardedProperties = [
  ...(['destroyed', 'writable', 'writableEnded', 'writableFinished', 'writableNeedDrain', 'writableCorked'] as const),
  ...(['writableLength', 'writableHighWaterMark', 'writableObjectMode'] as const),
] as const;

/** The stream behind what the handler sees. */
export class ResponseStream extends Writable {
  readonly #sink: ResponseSink;
  #isStarted = false;
  #isFailed = false;
  #prelude: string | undefined;

  constructor(sink: ResponseSink) {
    super({ highWaterMark: highWaterMarkBytes });
    this.#sink = sink;
  }

  /** Only before the first write. The gateway in front reads the bytes, not the type, so it is not kept. */
  setContentType(_contentType: string): void {
    if (this.#isStarted) throw new Error('Cannot set content-type, too late.');
  }

  /** Sets what goes out before the first write. A stream that is ended without a write never sends it. */
  setPrelude(metadata: unknown): void {
    this.setContentType('application/vnd.awslambda.http-integration-response');
    this.#prelude = JSON.stringify(metadata);
  }

  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    const data = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    if (!this.#isStarted && this.#prelude !== undefined) {
      super.write(this.#prelude);
      super.write(preludeDelimiter);
    }
    this.#isStarted = true;
    return typeof encoding === 'string' ? super.write(data, encoding, callback) : super.write(data, encoding);
  }

  /** Sends what was written, but not the end: whoever reads it must not take it for whole. */
  async fail(): Promise<void> {
    if (this.destroyed) return;
    const closed = once(this, 'close');
    if (!this.writableEnded) {
      this.#isFailed = true;
      this.end();
    }
    await closed;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // In Lambda the bytes leave the process. Here, too, they count as buffered until the handler lets go.
    this.#sink.write(chunk, () => process.nextTick(done));
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: () => void): void {
    if (this.#isFailed) done();
    else this.#sink.end(done);
  }
}

/**
 * Where what the handler sees keeps its stream. Not a WeakMap: what is in one survives every minor collection, and all
 * that a request has allocated with it.
 */
const innerStream = Symbol('innerStream');

interface Facade {
  readonly [innerStream]: ResponseStream;
}

/** What all facades share, made once: to bind some thirty methods for each response takes longer than to send it. */
const facadePrototype = {};
for (const name of forwardedMethods) {
  const value = function forward(this: Facade, ...parameters: readonly unknown[]): unknown {
    const inner = this[innerStream];
    return Reflect.apply(inner[name], inner, parameters);
  };
  Object.defineProperty(facadePrototype, name, { value, writable: true, enumerable: true });
}
for (const name of forwardedProperties) {
  const get = function get(this: Facade): unknown {
    return this[innerStream][name];
  };
  Object.defineProperty(facadePrototype, name, { get });
}

/** Returns what the runtime hands to a handler: a plain object, without `pipe`, that forwards to the stream. */
export function exposeResponseStream(inner: ResponseStream): awslambda.HttpResponseStream {
  const facade: object = { __proto__: facadePrototype, [innerStream]: inner };
  return facade as awslambda.HttpResponseStream;
}

/** `awslambda.HttpResponseStream.from`: gives the response its metadata and returns the same stream. */
export function attachPrelude(stream: Writable, metadata: Record<string, unknown>): awslambda.HttpResponseStream {
  const inner = (stream as object as Partial<Facade>)[innerStream];
  if (inner === undefined) throw new TypeError('HttpResponseStream.from takes the stream that the runtime passed in');
  inner.setPrelude(metadata);
  return stream as awslambda.HttpResponseStream;
}
