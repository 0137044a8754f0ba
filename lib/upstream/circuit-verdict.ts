// What an error says about the health of the upstream it came from.
import { errorTable, GatewayError } from '../core/errors.ts';

/** Returns the error itself if the upstream failed; `success` if the upstream answered, even if it refused. */
export function judgeError(error: unknown): GatewayError | 'success' | 'nothing' {
  if (!(error instanceof GatewayError)) return 'nothing';
  const verdict = errorTable[error.code].circuit;
  if (verdict === 'failure' || isCausedBySilence(error)) return error;
  return verdict;
}

/** Whether the deadline was reached because the upstream had been silent for a long time (see silence-watch.ts). */
export function isCausedBySilence(error: unknown): boolean {
  if (!(error instanceof GatewayError) || !(error.cause instanceof GatewayError)) return false;
  return errorTable[error.code].circuit === 'nothing' && errorTable[error.cause.code].circuit === 'failure';
}
