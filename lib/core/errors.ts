// Every error the gateway knows: one table from code to HTTP status, V1 error_code and what else is true of it.

/**
 * What each error means on each side.
 *
 * - `status`: HTTP status in dialects that use real statuses; the V1 dialect answers 200 with `errorCode` in the body.
 * - `errorCode`: the V1 `error_code`.
 * - `retryable`: whether the same request may succeed a moment later. It follows the retry sets of the official SDKs.
 * - `mayBeCharged`: of the errors after which an answer is asked for once more, whether a request that got nothing but
 *   the error may have been charged all the same.
 *
 * The first block is Baidu's list (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh), the second is the
 * gateway's own.
 *
 * What a code decides elsewhere is written where it is decided: which errors leave a request to the next upstream
 * (`upstream/fallback.ts`), which let a stream be continued (`upstream/rescue.ts`), what they tell of an upstream's health
 * (`upstream/circuit-verdict.ts`), which refuse the gateway's own credentials (`upstream/masked-refusals.ts`), what becomes
 * of a message (`queue/disposition.ts`), and what the errors of an upstream mean (`wire/openai-error.ts`,
 * `wire/qianfan-v1-error.ts`).
 */
export const errorTable = {
  unknown_error: { status: 502, errorCode: 1, retryable: false, mayBeCharged: false },
  service_unavailable: { status: 503, errorCode: 2, retryable: true, mayBeCharged: false },
  unsupported_method: { status: 404, errorCode: 3, retryable: false, mayBeCharged: false },
  cluster_limit_reached: { status: 429, errorCode: 4, retryable: false, mayBeCharged: false },
  permission_denied: { status: 403, errorCode: 6, retryable: false, mayBeCharged: false },
  service_token_failed: { status: 502, errorCode: 13, retryable: false, mayBeCharged: false },
  iam_certification_failed: { status: 401, errorCode: 14, retryable: false, mayBeCharged: false },
  app_not_available: { status: 502, errorCode: 15, retryable: true, mayBeCharged: false },
  daily_limit_reached: { status: 429, errorCode: 17, retryable: false, mayBeCharged: false },
  qps_limit_reached: { status: 429, errorCode: 18, retryable: true, mayBeCharged: false },
  total_limit_reached: { status: 429, errorCode: 19, retryable: false, mayBeCharged: false },
  access_token_malformed: { status: 401, errorCode: 100, retryable: false, mayBeCharged: false },
  access_token_invalid: { status: 401, errorCode: 110, retryable: false, mayBeCharged: false },
  access_token_expired: { status: 401, errorCode: 111, retryable: false, mayBeCharged: false },
  internal_error: { status: 500, errorCode: 336000, retryable: false, mayBeCharged: false },
  invalid_argument: { status: 400, errorCode: 336001, retryable: false, mayBeCharged: false },
  invalid_json: { status: 400, errorCode: 336002, retryable: false, mayBeCharged: false },
  invalid_parameter: { status: 400, errorCode: 336003, retryable: false, mayBeCharged: false },
  access_denied: { status: 403, errorCode: 336004, retryable: false, mayBeCharged: false },
  api_name_not_found: { status: 404, errorCode: 336005, retryable: false, mayBeCharged: false },
  invalid_messages: { status: 400, errorCode: 336006, retryable: false, mayBeCharged: false },
  input_too_long: { status: 400, errorCode: 336007, retryable: false, mayBeCharged: false },
  high_load: { status: 503, errorCode: 336100, retryable: true, mayBeCharged: false },
  invalid_http_method: { status: 405, errorCode: 336101, retryable: false, mayBeCharged: false },
  prompt_tokens_too_long: { status: 400, errorCode: 336103, retryable: false, mayBeCharged: false },
  invalid_system: { status: 400, errorCode: 336104, retryable: false, mayBeCharged: false },
  invalid_user_setting: { status: 400, errorCode: 336105, retryable: false, mayBeCharged: false },
  rpm_limit_reached: { status: 429, errorCode: 336501, retryable: true, mayBeCharged: false },
  tpm_limit_reached: { status: 429, errorCode: 336502, retryable: true, mayBeCharged: false },
  console_error: { status: 500, errorCode: 500000, retryable: false, mayBeCharged: false },

  route_not_found: { status: 404, errorCode: 3, retryable: false, mayBeCharged: false },
  sign_in_unavailable: { status: 503, errorCode: 2, retryable: true, mayBeCharged: false },
  invalid_api_key: { status: 401, errorCode: 14, retryable: false, mayBeCharged: false },
  invalid_client: { status: 401, errorCode: 336004, retryable: false, mayBeCharged: false },
  client_requests_limit: { status: 429, errorCode: 336501, retryable: false, mayBeCharged: false },
  client_tokens_limit: { status: 429, errorCode: 17, retryable: false, mayBeCharged: false },
  body_too_large: { status: 413, errorCode: 336007, retryable: false, mayBeCharged: false },
  unsupported_encoding: { status: 415, errorCode: 336001, retryable: false, mayBeCharged: false },
  upstream_auth_failed: { status: 502, errorCode: 13, retryable: false, mayBeCharged: false },
  upstream_connect_failed: { status: 502, errorCode: 2, retryable: true, mayBeCharged: false },
  upstream_unreachable: { status: 502, errorCode: 2, retryable: true, mayBeCharged: true },
  upstream_http_error: { status: 502, errorCode: 2, retryable: true, mayBeCharged: true },
  upstream_circuit_open: { status: 503, errorCode: 2, retryable: false, mayBeCharged: false },
  upstream_rejected: { status: 502, errorCode: 336000, retryable: false, mayBeCharged: false },
  upstream_invalid_response: { status: 502, errorCode: 336000, retryable: false, mayBeCharged: false },
  upstream_answer_too_large: { status: 502, errorCode: 336000, retryable: false, mayBeCharged: false },
  upstream_truncated: { status: 502, errorCode: 336000, retryable: false, mayBeCharged: true },
  upstream_connect_timeout: { status: 504, errorCode: 336000, retryable: true, mayBeCharged: false },
  upstream_timeout: { status: 504, errorCode: 336000, retryable: false, mayBeCharged: true },
  upstream_idle_timeout: { status: 504, errorCode: 336000, retryable: false, mayBeCharged: true },
  deadline_exceeded: { status: 504, errorCode: 336000, retryable: false, mayBeCharged: false },
  client_disconnected: { status: 499, errorCode: 336000, retryable: false, mayBeCharged: false },
  idempotency_key_reused: { status: 409, errorCode: 336003, retryable: false, mayBeCharged: false },
  idempotency_in_progress: { status: 409, errorCode: 336100, retryable: true, mayBeCharged: false },
  idempotency_answer_too_long: { status: 409, errorCode: 336003, retryable: false, mayBeCharged: false },
  idempotency_unavailable: { status: 503, errorCode: 2, retryable: true, mayBeCharged: false },
} as const satisfies Record<string, ErrorTraits>;

export interface ErrorTraits {
  readonly status: number;
  readonly errorCode: number;
  readonly retryable: boolean;
  readonly mayBeCharged: boolean;
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
  readonly mayBeCharged: boolean;
  readonly parameter: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: GatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const traits = errorTable[code];
    this.code = code;
    this.status = traits.status;
    this.errorCode = details.errorCode ?? traits.errorCode;
    this.retryable = traits.retryable;
    this.mayBeCharged = traits.mayBeCharged;
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
