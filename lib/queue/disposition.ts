// What becomes of a message whose completion failed: answered with the failure, or delivered again.
import type { ErrorCode, GatewayError } from '../core/errors.ts';

/**
 * - `refused`: the message itself is at fault, and would be every time. It gets a failed result.
 * - `retried`: the service, the network or our account is at fault. The message comes back later.
 * - `rate_limited`: too much was asked for. The message comes back later, and the rest of its batch too.
 */
export type Disposition = 'refused' | 'retried' | 'rate_limited';

/**
 * It differs from the error table's `retryable`, which asks whether a caller who waits should try again at once. A queue
 * can wait for minutes, and a message it gives up on is kept: so what an operator can mend, such as a key that has
 * expired or a quota that is used up, is no verdict on the message.
 */
export const dispositions = {
  unknown_error: 'retried',
  service_unavailable: 'retried',
  unsupported_method: 'retried',
  cluster_limit_reached: 'rate_limited',
  permission_denied: 'refused',
  service_token_failed: 'retried',
  iam_certification_failed: 'retried',
  app_not_available: 'retried',
  daily_limit_reached: 'rate_limited',
  qps_limit_reached: 'rate_limited',
  total_limit_reached: 'rate_limited',
  access_token_malformed: 'retried',
  access_token_invalid: 'retried',
  access_token_expired: 'retried',
  internal_error: 'retried',
  invalid_argument: 'refused',
  invalid_json: 'refused',
  invalid_parameter: 'refused',
  access_denied: 'refused',
  api_name_not_found: 'refused',
  invalid_messages: 'refused',
  input_too_long: 'refused',
  high_load: 'rate_limited',
  invalid_http_method: 'refused',
  prompt_tokens_too_long: 'refused',
  invalid_system: 'refused',
  invalid_user_setting: 'refused',
  rpm_limit_reached: 'rate_limited',
  tpm_limit_reached: 'rate_limited',
  console_error: 'retried',

  route_not_found: 'refused',
  sign_in_unavailable: 'retried',
  invalid_api_key: 'retried',
  invalid_client: 'retried',
  // Messages have no client.
  client_requests_limit: 'retried',
  client_tokens_limit: 'retried',
  body_too_large: 'refused',
  unsupported_encoding: 'refused',
  upstream_auth_failed: 'retried',
  upstream_connect_failed: 'retried',
  upstream_unreachable: 'retried',
  upstream_http_error: 'retried',
  // The worker's upstreams have no circuit.
  upstream_circuit_open: 'retried',
  upstream_rejected: 'refused',
  upstream_invalid_response: 'retried',
  // It would be as long the next time, and charged again.
  upstream_answer_too_large: 'refused',
  upstream_truncated: 'retried',
  upstream_connect_timeout: 'retried',
  upstream_timeout: 'retried',
  upstream_idle_timeout: 'retried',
  deadline_exceeded: 'retried',
  client_disconnected: 'retried',
  // Messages have no idempotency keys; the queue has its own memory.
  idempotency_key_reused: 'refused',
  idempotency_in_progress: 'retried',
  idempotency_answer_too_long: 'refused',
  idempotency_unavailable: 'retried',
} as const satisfies Record<ErrorCode, Disposition>;

/** Whether the upstream says that it was asked too much. */
export function isRateLimit({ code }: GatewayError): boolean {
  return dispositions[code] === 'rate_limited';
}
