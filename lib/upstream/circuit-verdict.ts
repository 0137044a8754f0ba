// What an error tells of the health of the upstream that it came from.
import { GatewayError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';

/** That an upstream is overloaded counts, because servers that are down answer 503, which means that. */
const failures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'service_unavailable',
  'high_load',
  'upstream_connect_failed',
  'upstream_unreachable',
  'upstream_http_error',
  'upstream_connect_timeout',
  'upstream_timeout',
  'upstream_idle_timeout',
  'upstream_truncated',
]);

/** Errors that may be our own, or a model's, or that no upstream had a part in. Any other is an answer, so it is well. */
const inconclusive: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unknown_error',
  'internal_error',
  'console_error',
  'service_token_failed',
  'upstream_invalid_response',
  'deadline_exceeded',
  'client_disconnected',
]);

/** Returns the error itself where it is a failure of the upstream; `success`: the upstream answered, if only to refuse. */
export function judgeError(error: unknown): GatewayError | 'success' | 'nothing' {
  if (!(error instanceof GatewayError)) return 'nothing';
  if (failures.has(error.code) || isCausedBySilence(error)) return error;
  return inconclusive.has(error.code) ? 'nothing' : 'success';
}

/** Whether the deadline was reached because the upstream had been silent for long: see the silence watch. */
export function isCausedBySilence(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.code !== 'deadline_exceeded') return false;
  return error.cause instanceof GatewayError && error.cause.code === 'upstream_timeout';
}
