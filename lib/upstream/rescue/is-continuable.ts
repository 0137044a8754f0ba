// Which errors say that an upstream has died, so that another answer may go on from there.
import { errorTable, GatewayError } from '../../core/errors.ts';

/**
 * Whether a stream that died of an error may be continued, and a continuation that failed with it asked for again.
 * Anything but a GatewayError is a bug of ours, which another try would only hide.
 */
export function isContinuable(error: unknown): error is GatewayError {
  return error instanceof GatewayError && errorTable[error.code].continuesStream;
}
