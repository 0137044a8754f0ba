// Describes the failure of a function, for Lambda's error payload and for the log.
import { GatewayError } from '../lib/core/errors.ts';
import { describeError } from '../lib/core/log.ts';

export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** Describes what a handler threw, in the terms of Lambda's error payload. */
export function describeFailure(error: unknown): FunctionFailure {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: typeof error, errorMessage: String(error) };
}

/** One line for the log. It quotes only the message of a GatewayError, because any other may hold a text or a key. */
export function formatFailure(functionName: string, error: unknown): string {
  const cause = error instanceof GatewayError ? `${error.code}: ${error.message}` : describeError(error);
  return `${functionName} failed: ${cause === '' ? typeof error : cause}`;
}
