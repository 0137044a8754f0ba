// Every error the gateway knows, and everything that is decided by an error: one table.

/**
 * What each error means. Whoever decides something by an error reads a column here; there is no other list of codes.
 *
 * The codes of the first block are Baidu's (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh), those of the second
 * are the gateway's own. docs/errors.md explains each of them to callers.
 */
export interface ErrorTraits {
  /** The HTTP status in dialects that use real statuses. V1 answers 200 with `errorCode` in the body. */
  readonly status: number;
  /** The V1 `error_code`. */
  readonly errorCode: number;
  /** Whether the same request may succeed a moment later. It follows the retry sets of the official SDKs. */
  readonly retryable: boolean;
  /** Whether the upstream may have charged the request although it brought nothing but the error. */
  readonly mayBeCharged: boolean;
  /**
   * Whether the next upstream is asked. `for_known_models`: only when the model is a preset or configured; for any other
   * name the error says that the caller has misspelt it.
   */
  readonly fallsBack: 'yes' | 'no' | 'for_known_models';
  /** Whether a stream that broke off with it may be continued: the upstream has died, and has nothing against the request. */
  readonly continuesStream: boolean;
  /**
   * What it tells the circuit about the upstream. `failure`: it is down. `success`: it answered, if only to refuse.
   * `nothing`: the fault may be ours, or of one model, or no upstream took part.
   */
  readonly circuit: 'failure' | 'success' | 'nothing';
  /**
   * What becomes of a queue's message. `refused`: it fails, for it would fail every time. `retried`: it comes back later,
   * for the service, the network or the account is at fault, which an operator can mend. `rate_limited`: it comes back
   * later, and the rest of its batch waits as well.
   *
   * It differs from `retryable`, which is about a caller who is waiting. A queue can wait for minutes.
   */
  readonly disposition: 'refused' | 'retried' | 'rate_limited';
  /** Who can do something about it; metrics are counted by this. The two limits are the client's own and the upstream's. */
  readonly fault: 'caller' | 'caller_limit' | 'gateway' | 'upstream' | 'upstream_limit';
  /** Which of the gateway's own credentials the upstream refuses with it. */
  readonly refuses: 'access_token' | 'signature' | 'key' | 'nothing';
}

/** What a code has besides its two numbers. */
type Policy = Omit<ErrorTraits, 'status' | 'errorCode'>;

/** The request itself is at fault: neither asking again nor asking elsewhere would help. */
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

/** The request lacks credentials that hold. Messages have none of their own, so a message is tried again. */
const unauthorized = { ...refusal, disposition: 'retried' } as const satisfies Policy;

/** Something other than the request is at fault, and it will not pass in a moment. */
const failure = { ...refusal, disposition: 'retried', fault: 'upstream' } as const satisfies Policy;

/** The upstream limits the gateway. */
const limit = { ...refusal, disposition: 'rate_limited', fault: 'upstream_limit' } as const satisfies Policy;

/** The upstream limits the gateway for seconds or a minute, so that another try may succeed. */
const shortLimit = { ...limit, retryable: true, fallsBack: 'yes' } as const satisfies Policy;

/** The upstream is down, and nothing was sent to it or it has refused before doing any work. */
const down = {
  ...failure,
  retryable: true,
  fallsBack: 'yes',
  continuesStream: true,
  circuit: 'failure',
} as const satisfies Policy;

/** The upstream stopped in the middle of its work, which it may charge; asking again would charge twice. */
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
  // It would be as long the next time, and charged again.
  upstream_answer_too_large: { status: 502, errorCode: 336000, ...refusal, fault: 'upstream' },
  // The model thought, and wrote no text: it would think as long the next time.
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
  /** The V1 error_code, when the upstream gave one that the table does not list. Default: the table's. */
  readonly errorCode?: number | undefined;
  /** Whether any attempt of the request may have been charged, where that is more than the code says. Default: the table's. */
  readonly mayBeCharged?: boolean | undefined;
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
    this.mayBeCharged = details.mayBeCharged ?? traits.mayBeCharged;
    this.parameter = details.parameter;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The same error with other words, another time to wait or other charges; all else stays. */
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

/** Returns a GatewayError as it is; anything else becomes an `internal_error` that tells the caller nothing more. */
export function toGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('internal_error', 'Internal error', { cause: error });
}

const codesByNumber = new Map<number, ErrorCode>();
for (const [code, { errorCode }] of Object.entries(errorTable) as [ErrorCode, ErrorTraits][]) {
  if (!codesByNumber.has(errorCode)) codesByNumber.set(errorCode, code);
}

/** The code with a V1 number, Baidu's own where one of the gateway's has the same; undefined for a number that is not listed. */
export function findCodeByNumber(errorCode: number): ErrorCode | undefined {
  return codesByNumber.get(errorCode);
}
