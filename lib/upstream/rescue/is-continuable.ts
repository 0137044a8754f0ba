// Which errors say that an upstream has died, so that another answer may go on from there.
import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

/** The errors which say that the upstream has died, not that it minds the request. */
const continuable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unknown_error',
  'service_unavailable',
  'app_not_available',
  'internal_error',
  'high_load',
  'console_error',
  'upstream_circuit_open',
  'upstream_connect_timeout',
  'upstream_connect_failed',
  'upstream_unreachable',
  'upstream_http_error',
  'upstream_truncated',
  'upstream_timeout',
  'upstream_idle_timeout',
]);

/**
 * Whether a stream that died of an error may be continued, and a continuation that failed with it asked for again.
 * Anything but a GatewayError is a fault of our own, which asking again would only hide.
 */
export function isContinuable(error: unknown): error is GatewayError {
  return error instanceof GatewayError && continuable.has(error.code);
}
