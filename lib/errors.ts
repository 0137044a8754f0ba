// Every error the gateway knows: one table from code to HTTP status, V1 error_code and whether a retry may help.

/**
 * What each error means on each side.
 *
 * - `status`: HTTP status in dialects that use real statuses; the V1 dialect answers 200 with `errorCode` in the body.
 * - `errorCode`: the V1 `error_code`.
 * - `retryable`: whether the same request may succeed a moment later. It follows the retry sets of the official SDKs.
 *
 * The first block is Baidu's list (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh), the second is the
 * gateway's own.
 */
export const errorTable = {
  unknown_error: { status: 502, errorCode: 1, retryable: false },
  service_unavailable: { status: 503, errorCode: 2, retryable: true },
  unsupported_method: { status: 404, errorCode: 3, retryable: false },
  cluster_limit_reached: { status: 429, errorCode: 4, retryable: false },
  permission_denied: { status: 403, errorCode: 6, retryable: false },
  service_token_failed: { status: 502, errorCode: 13, retryable: false },
  iam_certification_failed: { status: 401, errorCode: 14, retryable: false },
  app_not_available: { status: 502, errorCode: 15, retryable: true },
  daily_limit_reached: { status: 429, errorCode: 17, retryable: false },
  qps_limit_reached: { status: 429, errorCode: 18, retryable: true },
  total_limit_reached: { status: 429, errorCode: 19, retryable: false },
  access_token_malformed: { status: 401, errorCode: 100, retryable: false },
  access_token_invalid: { status: 401, errorCode: 110, retryable: false },
  access_token_expired: { status: 401, errorCode: 111, retryable: false },
  internal_error: { status: 500, errorCode: 336000, retryable: false },
  invalid_argument: { status: 400, errorCode: 336001, retryable: false },
  invalid_json: { status: 400, errorCode: 336002, retryable: false },
  invalid_parameter: { status: 400, errorCode: 336003, retryable: false },
  access_denied: { status: 403, errorCode: 336004, retryable: false },
  api_name_not_found: { status: 404, errorCode: 336005, retryable: false },
  invalid_messages: { status: 400, errorCode: 336006, retryable: false },
  input_too_long: { status: 400, errorCode: 336007, retryable: false },
  high_load: { status: 503, errorCode: 336100, retryable: true },
  invalid_http_method: { status: 405, errorCode: 336101, retryable: false },
  prompt_tokens_too_long: { status: 400, errorCode: 336103, retryable: false },
  invalid_system: { status: 400, errorCode: 336104, retryable: false },
  invalid_user_setting: { status: 400, errorCode: 336105, retryable: false },
  rpm_limit_reached: { status: 429, errorCode: 336501, retryable: true },
  tpm_limit_reached: { status: 429, errorCode: 336502, retryable: true },
  console_error: { status: 500, errorCode: 500000, retryable: false },

  route_not_found: { status: 404, errorCode: 3, retryable: false },
  sign_in_unavailable: { status: 503, errorCode: 2, retryable: true },
  invalid_api_key: { status: 401, errorCode: 14, retryable: false },
  invalid_client: { status: 401, errorCode: 336004, retryable: false },
  client_requests_limit: { status: 429, errorCode: 336501, retryable: false },
  client_tokens_limit: { status: 429, errorCode: 17, retryable: false },
  body_too_large: { status: 413, errorCode: 336007, retryable: false },
  upstream_auth_failed: { status: 502, errorCode: 13, retryable: false },
  upstream_connect_failed: { status: 502, errorCode: 2, retryable: true },
  upstream_unreachable: { status: 502, errorCode: 2, retryable: true },
  upstream_http_error: { status: 502, errorCode: 2, retryable: true },
  upstream_circuit_open: { status: 503, errorCode: 2, retryable: false },
  upstream_rejected: { status: 502, errorCode: 336000, retryable: false },
  upstream_invalid_response: { status: 502, errorCode: 336000, retryable: false },
  upstream_answer_too_large: { status: 502, errorCode: 336000, retryable: false },
  upstream_truncated: { status: 502, errorCode: 336000, retryable: false },
  upstream_connect_timeout: { status: 504, errorCode: 336000, retryable: true },
  upstream_timeout: { status: 504, errorCode: 336000, retryable: false },
  upstream_idle_timeout: { status: 504, errorCode: 336000, retryable: false },
  deadline_exceeded: { status: 504, errorCode: 336000, retryable: false },
  client_disconnected: { status: 499, errorCode: 336000, retryable: false },
  idempotency_key_reused: { status: 409, errorCode: 336003, retryable: false },
  idempotency_in_progress: { status: 409, errorCode: 336100, retryable: true },
  idempotency_answer_too_long: { status: 409, errorCode: 336003, retryable: false },
  idempotency_unavailable: { status: 503, errorCode: 2, retryable: true },
} as const satisfies Record<string, ErrorTraits>;

export interface ErrorTraits {
  readonly status: number;
  readonly errorCode: number;
  readonly retryable: boolean;
}

export type ErrorCode = keyof typeof errorTable;

export interface GatewayErrorDetails {
  /** The request's field that is at fault. */
  readonly parameter?: string | undefined;
  /** How long the upstream asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
  /** The V1 error_code, when the upstream gave one that the table does not list. Default: the table's. */
  readonly errorCode?: number | undefined;
  /** What went wrong underneath. It is for logs and never reaches a caller. */
  readonly cause?: unknown;
}

/**
 * The only error that crosses a boundary between rooms. `message` is fit for the caller's eyes: it holds no secret, no
 * URL with a query, no prompt and no text.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly errorCode: number;
  readonly retryable: boolean;
  readonly parameter: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: GatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const traits = errorTable[code];
    this.code = code;
    this.status = traits.status;
    this.errorCode = details.errorCode ?? traits.errorCode;
    this.retryable = traits.retryable;
    this.parameter = details.parameter;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The same error with other words, or another time to wait: code, number, parameter and cause stay. */
export function changeError(
  error: GatewayError,
  changes: { readonly message?: string; readonly retryAfterSeconds?: number },
): GatewayError {
  const { code, errorCode, parameter, cause } = error;
  const { message = error.message, retryAfterSeconds = error.retryAfterSeconds } = changes;
  return new GatewayError(code, message, { errorCode, parameter, retryAfterSeconds, cause });
}

/** Returns a GatewayError as it is; anything else becomes an `internal_error` that tells the caller nothing more. */
export function toGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('internal_error', 'Internal error', { cause: error });
}
