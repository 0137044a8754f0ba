// The time limit of a function.

/** The error that Lambda reports when a function does not finish in time. */
export class FunctionTimeoutError extends Error {
  override readonly name = 'Sandbox.Timedout';

  constructor(timeoutMs: number) {
    super(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
  }
}

/**
 * Settles as `work` does, or rejects with FunctionTimeoutError after `timeoutMs`. Lambda would then end the sandbox. Here
 * the work goes on, but its result is not used.
 */
export async function withFunctionTimeout<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new FunctionTimeoutError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
