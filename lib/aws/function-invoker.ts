// An InvokeFunction that loads the AWS SDK at the first invocation.
import { lazy } from '../core/lazy.ts';
import type { InvokeFunction } from '../core/function-invoker.ts';

/** Creates the invoker, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createFunctionInvoker(): InvokeFunction {
  const load = lazy(() => import('./lambda-client.ts').then((module) => module.createLambdaInvoker()));
  return async (...call) => (await load())(...call);
}
