// Invoking another function of the deployment; the AWS SDK behind it is loaded at the first invocation.
import { lazy } from '../lazy.ts';

export type InvocationResult =
  | { readonly outcome: 'succeeded' }
  /** The function ran and threw; `message` is its error's message. */
  | { readonly outcome: 'failed'; readonly message: string }
  /** The function's concurrency is used up. */
  | { readonly outcome: 'throttled' };

/** Invokes a function and waits for its end. Throws when the invocation itself fails. */
export type InvokeFunction = (functionName: string, payload: unknown, signal: AbortSignal) => Promise<InvocationResult>;

/** Lambda, with the region, credentials and endpoint that the AWS SDK finds in its environment. */
export function createFunctionInvoker(): InvokeFunction {
  const load = lazy(() => import('./lambda-client.ts').then((module) => module.createLambdaInvoker()));
  return async (...call) => (await load())(...call);
}
