// The response stream of a streaming handler, which behaves like that of the real Node.js runtime.
import { once } from 'node:events';
import { Writable } from 'node:stream';

/** Where the bytes of a response go: the metadata prelude with its delimiter first, then the body. */
export interface ResponseSink {
  /** Takes bytes and calls `done` once it can take more. */
  write(bytes: Buffer, done: () => void): void;
  /** Called after the last bytes. Calls `done` when the client has them. */
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

  /** Allowed only before the first write. The type is not kept, because the host takes the headers from the metadata. */
  setContentType(_contentType: string): void {
    if (this.#isStarted) throw new Error('Cannot set content-type, too late.');
  }

  /** Sets the metadata that precedes the first write. A stream that ends without a write never sends it. */
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

  /** Sends what was written, but not the end, so that the client does not take the response for complete. */
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
    // In Lambda the bytes leave the process. So here, too, they count as buffered until the handler yields.
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
 * The property in which the facade keeps its stream. It replaces a WeakMap, whose entries survive minor garbage
 * collections together with everything that a request has allocated.
 */
const innerStream = Symbol('innerStream');

interface Facade {
  readonly [innerStream]: ResponseStream;
}

/** The prototype of all facades. It is made once, because binding thirty methods for each response takes longer than sending it. */
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
