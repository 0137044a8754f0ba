// Runs a streaming handler in the runtime and collects what it sends.
import type { StreamifyHandler } from 'aws-lambda';
import { installLambdaRuntime, invokeStreaming } from '../../local/lambda-runtime.ts';
import type { StreamingOptions } from '../../local/lambda-runtime.ts';
import type { ResponseSink } from '../../local/response-stream.ts';

installLambdaRuntime();

export const identity = { functionName: 'tested', timeoutMs: 5_000, region: 'eu-west-1' };

export function collect(): ResponseSink & { text(): string } {
  const chunks: Buffer[] = [];
  return {
    write: (bytes, done) => {
      chunks.push(bytes);
      done();
    },
    end: (done) => done(),
    text: () => Buffer.concat(chunks).toString(),
  };
}

/** Returns the bytes sent, prelude included, as text. */
export async function run(handler: StreamifyHandler, options: Partial<StreamingOptions> = {}): Promise<string> {
  const sink = collect();
  const signal = new AbortController().signal;
  await invokeStreaming(awslambda.streamifyResponse(handler), {}, { ...identity, sink, signal, ...options });
  return sink.text();
}
