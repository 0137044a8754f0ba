// An InvokeFunction for AWS Lambda.
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import type { InvokeFunction } from '../core/function-invoker.ts';

/** Creates the invoker. Throttling is an outcome and not retried: the running invocation may do what the caller wants. */
export function createLambdaInvoker(): InvokeFunction {
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  return async (functionName, payload, signal) => {
    let output: InvokeCommandOutput;
    try {
      output = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }), {
        abortSignal: signal,
      });
    } catch (error) {
      if (error instanceof TooManyRequestsException) return { outcome: 'throttled' };
      throw signal.aborted ? signal.reason : error;
    }
    if (output.FunctionError === undefined) return { outcome: 'succeeded' };
    const { errorMessage } = JSON.parse(output.Payload?.transformToString() ?? '{}') as { errorMessage?: string };
    return { outcome: 'failed', message: errorMessage ?? output.FunctionError };
  };
}
