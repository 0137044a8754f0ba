// Does what the Node.js runtime of Lambda does for a handler: the global `awslambda`, a context, and a time limit.
import { once } from 'node:events';
import { types } from 'node:util';
import type { Context, StreamifyHandler } from 'aws-lambda';
import { withFunctionTimeout } from './function-timeout.ts';
import { createLambdaContext } from './lambda-context.ts';
import type { FunctionIdentity } from './lambda-context.ts';
import { attachPrelude, exposeResponseStream, ResponseStream } from './response-stream.ts';
import type { ResponseSink } from './response-stream.ts';

export type BufferedHandler = (event: never, context: Context) => unknown;

export interface StreamingOptions extends FunctionIdentity {
  readonly sink: ResponseSink;
  /** Aborts when the client has gone: the response stream is destroyed at once, which Lambda cannot do. */
  readonly signal: AbortSignal;
  /** Receives the warnings of the runtime. Default: standard error. */
  readonly log?: (line: string) => void;
}

/** The property by which the real runtime, too, recognises a streaming handler. */
const streamingMark = Symbol.for('aws.lambda.runtime.handler.streaming');

/**
 * Installs `globalThis.awslambda`. Handler modules use it while they are loaded, so call this before they are imported.
 * The behaviour follows aws-lambda-ric 4 (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 */
export function installLambdaRuntime(): void {
  const value = {
    streamifyResponse: (handler: StreamifyHandler) => Object.assign(handler, { [streamingMark]: 'response' }),
    HttpResponseStream: { from: attachPrelude },
  };
  Object.defineProperty(globalThis, 'awslambda', { value, configurable: true, writable: true, enumerable: true });
}

/** Invokes a buffered handler and returns its result. Rejects with the error it threw, or with FunctionTimeoutError. */
export async function invokeBuffered(
  handler: BufferedHandler,
  event: unknown,
  identity: FunctionIdentity,
): Promise<unknown> {
  // The runtime of Node.js 24 refuses a handler that still expects a callback.
  if (handler.length > 2) throw new Error('Callback-based handlers are not supported');
  const run = async (): Promise<unknown> => handler(event as never, createLambdaContext(identity));
  return withFunctionTimeout(run(), identity.timeoutMs);
}

/**
 * Invokes a streaming handler and resolves once it has returned and its response is closed. A response that is never
 * ended lasts until the time limit. Rejects with the error that the handler threw, after sending what it had written, or
 * with FunctionTimeoutError. In these cases the sink's `end` is not called, and the stream is destroyed.
 */
export async function invokeStreaming(
  handler: StreamifyHandler,
  event: unknown,
  options: StreamingOptions,
): Promise<void> {
  const { sink, signal, timeoutMs } = options;
  const stream = new ResponseStream(sink);
  const destroy = (): void => void stream.destroy();
  if (signal.aborted) destroy();
  signal.addEventListener('abort', destroy);
  try {
    await withFunctionTimeout(runStreaming(handler, event, stream, options), timeoutMs);
  } finally {
    signal.removeEventListener('abort', destroy);
    destroy();
  }
}

async function runStreaming(
  handler: StreamifyHandler,
  event: unknown,
  stream: ResponseStream,
  { signal, log = console.warn, ...identity }: StreamingOptions,
): Promise<void> {
  if (!(streamingMark in handler)) throw new Error('The handler is not wrapped in awslambda.streamifyResponse');
  const closed = once(stream, 'close');
  const call = async (): Promise<unknown> => {
    const returned: unknown = handler(event, exposeResponseStream(stream), createLambdaContext(identity));
    if (!types.isPromise(returned)) throw new Error('Streaming does not support non-async handlers.');
    return returned;
  };
  const [result] = await Promise.all([call(), closed]).catch(async (error: unknown) => {
    await stream.fail();
    throw error;
  });
  if (result !== undefined) log('Streaming handlers ignore return values.');
  if (!stream.writableFinished && !signal.aborted) throw new Error('Response stream is not finished.');
}
