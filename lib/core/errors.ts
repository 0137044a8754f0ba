// The table of every error the gateway knows, with a column for each decision that depends on an error.

/**
 * What each error means. Code that decides something by an error reads a column of this table. There is no other list of codes.
 *
 * The codes of the first block are Baidu's (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh), those of the second
 * are the gateway's own. docs/errors.md explains each of them to callers.
 */
export interface ErrorTraits {
  /** The HTTP status in dialects that use real statuses. V1 answers 200 with `errorCode` in the body. */
  readonly status: number;
  /** The V1 `error_code`. */
  readonly errorCode: number;
  /** Whether the same request may succeed a moment later. These are the codes that the official SDKs retry. */
  readonly retryable: boolean;
  /** Whether the upstream may have charged for the request although its only answer was the error. */
  readonly mayBeCharged: boolean;
  /**
   * Whether the next upstream is asked. `for_known_models`: only when the model is a preset or configured; for any other
   * name, the error means that the caller has misspelt it.
   */
  readonly fallsBack: 'yes' | 'no' | 'for_known_models';
  /** Whether a stream that broke off with this error may be continued: the upstream died, and did not object to the request. */
  readonly continuesStream: boolean;
  /**
   * What it tells the circuit about the upstream. `failure`: the upstream is down. `success`: it answered, even if it refused.
   * `nothing`: the gateway or a single model may be at fault, or no upstream was involved.
   */
  readonly circuit: 'failure' | 'success' | 'nothing';
  /**
   * What happens to a queue message. `refused`: it fails, because it would fail every time. `retried`: it comes back later,
   * because the service, the network or the account is at fault, which an operator can fix. `rate_limited`: it comes back
   * later, and the rest of its batch waits as well.
   *
   * This differs from `retryable`, which is about a caller who is waiting. A queue can wait for minutes.
   */
  readonly disposition: 'refused' | 'retried' | 'rate_limited';
  /** Who can fix it; metrics count errors by this. `caller_limit` is the client's own limit, `upstream_limit` the upstream's. */
  readonly fault: 'caller' | 'caller_limit' | 'gateway' | 'upstream' | 'upstream_limit';
  /** Which of the gateway's own credentials the upstream refuses with this error. */
  readonly refuses: 'access_token' | 'signature' | 'key' | 'nothing';
}

/** The columns of a code other than its two numbers. */
type Policy = Omit<ErrorTraits, 'status' | 'errorCode'>;

/** The request itself is at fault. Sending it again, or to another upstream, would not help. */
const refusal = {
  retryable: false,
  mayBeCharged: false,
  fallsBack: 'no',
  continuesStream: false,
  circuit: 'success',
  disposition: 'refused',
  fault: 'caller',
  refuses: 'nothing',
} as const satisfies Policy;

/** The request has no valid credentials. Queue messages carry no credentials, so a message is tried again. */
const unauthorized = { ...refusal, disposition: 'retried' } as const satisfies Policy;

/** Something other than the request is at fault, and it will not recover in a moment. */
const failure = { ...refusal, disposition: 'retried', fault: 'upstream' } as const satisfies Policy;

/** The upstream enforces a limit on the gateway. */
const limit = { ...refusal, disposition: 'rate_limited', fault: 'upstream_limit' } as const satisfies Policy;

/** The upstream enforces a limit that lasts seconds or a minute, so another try may succeed. */
const shortLimit = { ...limit, retryable: true, fallsBack: 'yes' } as const satisfies Policy;

/** The upstream is down. Either nothing was sent to it, or it refused before it did any work. */
const down = {
  ...failure,
  retryable: true,
  fallsBack: 'yes',
  continuesStream: true,
  circuit: 'failure',
} as const satisfies Policy;

/** The upstream stopped in the middle of its work and may charge for it. Another try could be charged a second time. */
const brokenOff = {
  ...failure,
  mayBeCharged: true,
  continuesStream: true,
  circuit: 'failure',
} as const satisfies Policy;

/** The upstream reports a fault inside itself without saying whether all of it is affected. */
const unexplained = { ...failure, continuesStream: true, circuit: 'nothing' } as const satisfies Policy;

export const errorTable = {
  unknown_error: { status: 502, errorCode: 1, ...unexplained },
  service_unavailable: { status: 503, errorCode: 2, ...down },
  unsupported_method: { status: 404, errorCode: 3, ...unauthorized, fallsBack: 'for_known_models' },
  cluster_limit_reached: { status: 429, errorCode: 4, ...limit, fallsBack: 'yes' },
  permission_denied: { status: 403, errorCode: 6, ...refusal },
  // The token endpoint may be gone, or down, together with the interface.
  service_token_failed: { status: 502, errorCode: 13, ...failure, fallsBack: 'yes', circuit: 'nothing' },
  iam_certification_failed: { status: 401, errorCode: 14, ...unauthorized, refuses: 'signature' },
  app_not_available: { status: 502, errorCode: 15, ...down, circuit: 'success' },
  daily_limit_reached: { status: 429, errorCode: 17, ...limit },
  qps_limit_reached: { status: 429, errorCode: 18, ...shortLimit },
  total_limit_reached: { status: 429, errorCode: 19, ...limit },
  access_token_malformed: { status: 401, errorCode: 100, ...unauthorized, refuses: 'access_token' },
  access_token_invalid: { status: 401, errorCode: 110, ...unauthorized, refuses: 'access_token' },
  access_token_expired: { status: 401, errorCode: 111, ...unauthorized, refuses: 'access_token' },
  internal_error: { status: 500, errorCode: 336000, ...unexplained, fault: 'gateway' },
  invalid_argument: { status: 400, errorCode: 336001, ...refusal },
  invalid_json: { status: 400, errorCode: 336002, ...refusal },
  invalid_parameter: { status: 400, errorCode: 336003, ...refusal },
  access_denied: { status: 403, errorCode: 336004, ...refusal },
  api_name_not_found: { status: 404, errorCode: 336005, ...refusal, fallsBack: 'for_known_models' },
  invalid_messages: { status: 400, errorCode: 336006, ...refusal },
  input_too_long: { status: 400, errorCode: 336007, ...refusal },
  high_load: { status: 503, errorCode: 336100, ...down, disposition: 'rate_limited' },
  invalid_http_method: { status: 405, errorCode: 336101, ...refusal },
  prompt_tokens_too_long: { status: 400, errorCode: 336103, ...refusal },
  invalid_system: { status: 400, errorCode: 336104, ...refusal },
  invalid_user_setting: { status: 400, errorCode: 336105, ...refusal },
  rpm_limit_reached: { status: 429, errorCode: 336501, ...shortLimit },
  tpm_limit_reached: { status: 429, errorCode: 336502, ...shortLimit },
  console_error: { status: 500, errorCode: 500000, ...unexplained },

  route_not_found: { status: 404, errorCode: 3, ...refusal },
  sign_in_unavailable: { status: 503, errorCode: 2, ...failure, retryable: true },
  invalid_api_key: { status: 401, errorCode: 14, ...unauthorized },
  invalid_client: { status: 401, errorCode: 336004, ...unauthorized },
  // Messages have no client.
  client_requests_limit: { status: 429, errorCode: 336501, ...unauthorized, fault: 'caller_limit' },
  client_tokens_limit: { status: 429, errorCode: 17, ...unauthorized, fault: 'caller_limit' },
  body_too_large: { status: 413, errorCode: 336007, ...refusal },
  unsupported_encoding: { status: 415, errorCode: 336001, ...refusal },
  upstream_auth_failed: { status: 502, errorCode: 13, ...failure, refuses: 'key' },
  upstream_connect_failed: { status: 502, errorCode: 2, ...down },
  upstream_unreachable: { status: 502, errorCode: 2, ...down, mayBeCharged: true },
  upstream_http_error: { status: 502, errorCode: 2, ...down, mayBeCharged: true },
  // The queue worker's upstreams have no circuit.
  upstream_circuit_open: { status: 503, errorCode: 2, ...failure, fallsBack: 'yes', continuesStream: true },
  upstream_rejected: { status: 502, errorCode: 336000, ...refusal, fault: 'upstream' },
  upstream_invalid_response: { status: 502, errorCode: 336000, ...failure, circuit: 'nothing' },
  // The answer would be as long the next time, and charged again.
  upstream_answer_too_large: { status: 502, errorCode: 336000, ...refusal, fault: 'upstream' },
  // The model used all its tokens for thinking and wrote no text. It would do so the next time as well.
  upstream_empty_answer: { status: 502, errorCode: 336000, ...refusal, mayBeCharged: true, fault: 'upstream' },
  upstream_truncated: { status: 502, errorCode: 336000, ...brokenOff },
  upstream_connect_timeout: { status: 504, errorCode: 336000, ...down },
  upstream_timeout: { status: 504, errorCode: 336000, ...brokenOff },
  upstream_idle_timeout: { status: 504, errorCode: 336000, ...brokenOff },
  deadline_exceeded: { status: 504, errorCode: 336000, ...failure, circuit: 'nothing' },
  client_disconnected: { status: 499, errorCode: 336000, ...unauthorized, circuit: 'nothing' },
  // Messages have no Idempotency-Key; the queue remembers results in another way.
  idempotency_key_reused: { status: 409, errorCode: 336003, ...refusal },
  idempotency_in_progress: { status: 409, errorCode: 336100, ...unauthorized, retryable: true },
  idempotency_answer_too_long: { status: 409, errorCode: 336003, ...refusal },
  idempotency_unavailable: { status: 503, errorCode: 2, ...failure, retryable: true },
} as const satisfies Record<string, ErrorTraits>;

export type ErrorCode = keyof typeof errorTable;

export interface GatewayErrorDetails {
  /** The request's field that is at fault. */
  readonly parameter?: string | undefined;
  /** How long the upstream asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
  /** The V1 error_code, when the upstream gave one that is not in the table. Default: the one in the table. */
  readonly errorCode?: number | undefined;
  /** Whether any attempt of the request may have been charged, if the code alone does not say so. Default: the table's value. */
  readonly mayBeCharged?: boolean | undefined;
  /** The underlying error. It is for logs and never reaches a caller. */
  readonly cause?: unknown;
}

/**
 * The only error that one room throws to another. The caller may see `message`: it contains no secret, no URL with a query,
 * no prompt and no text.
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
    this.mayBeCharged = details.mayBeCharged ?? traits.mayBeCharged;
    this.parameter = details.parameter;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Returns a copy of the error with another message, another time to wait, or another `mayBeCharged`. */
export function changeError(
  error: GatewayError,
  changes: Pick<GatewayErrorDetails, 'retryAfterSeconds' | 'mayBeCharged'> & { readonly message?: string },
): GatewayError {
  const { code, errorCode, parameter, cause } = error;
  const {
    message = error.message,
    retryAfterSeconds = error.retryAfterSeconds,
    mayBeCharged = error.mayBeCharged,
  } = changes;
  return new GatewayError(code, message, { errorCode, parameter, retryAfterSeconds, mayBeCharged, cause });
}

/** Returns a GatewayError as it is; anything else becomes the cause of an `internal_error`, whose message tells the caller nothing more. */
export function toGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('internal_error', 'Internal error', { cause: error });
}

const codesByNumber = new Map<number, ErrorCode>();
for (const [code, { errorCode }] of Object.entries(errorTable) as [ErrorCode, ErrorTraits][]) {
  if (!codesByNumber.has(errorCode)) codesByNumber.set(errorCode, code);
}

/** Finds the code with a V1 number. Where several codes have it, Baidu's own is returned; undefined when no code has it. */
export function findCodeByNumber(errorCode: number): ErrorCode | undefined {
  return codesByNumber.get(errorCode);
}
