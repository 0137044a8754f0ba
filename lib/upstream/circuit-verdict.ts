// What an error tells of the health of the upstream that it came from.
import { errorTable, GatewayError } from '../core/errors.ts';

/** Returns the error itself where it is a failure of the upstream; `success`: the upstream answered, if only to refuse. */
export function judgeError(error: unknown): GatewayError | 'success' | 'nothing' {
  if (!(error instanceof GatewayError)) return 'nothing';
  const verdict = errorTable[error.code].circuit;
  if (verdict === 'failure' || isCausedBySilence(error)) return error;
  return verdict;
}

/** Whether the deadline was reached because the upstream had been silent for long: see the silence watch. */
export function isCausedBySilence(error: unknown): boolean {
  if (!(error instanceof GatewayError) || !(error.cause instanceof GatewayError)) return false;
  return errorTable[error.code].circuit === 'nothing' && errorTable[error.cause.code].circuit === 'failure';
}
