// A port: invoking another function of the deployment.

export type InvocationResult =
  | { readonly outcome: 'succeeded' }
  /** The function ran and threw; `message` is its error's message. */
  | { readonly outcome: 'failed'; readonly message: string }
  /** The function's concurrency is used up. */
  | { readonly outcome: 'throttled' };

/** Invokes a function and waits until it has ended. Throws when the invocation itself fails. */
export type InvokeFunction = (functionName: string, payload: unknown, signal: AbortSignal) => Promise<InvocationResult>;
