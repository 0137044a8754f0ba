// Errors of the OpenAI dialect, in both directions: `{"error": {message, type, param, code}}`, and the shapes of other servers.
import { findCodeByNumber, GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { EncodedError } from '../codec.ts';
import { findErrorMembers } from '../error-shapes.ts';

/** The longest message that is read, in UTF-16 units. Redaction shortens it further before a caller sees it. */
const longestMessage = 8_000;

/**
 * What the `code` or `type` of an upstream means: the codes of Qianfan V2 (https://cloud.baidu.com/doc/qianfan-api/s/rmwbl43x7)
 * and those that other servers use for the same. docs/openai.md shows it as a table, which a test checks.
 */
export const meanings: Readonly<Record<string, ErrorCode>> = {
  malformed_json: 'invalid_json',
  invalid_argument: 'invalid_parameter',
  invalid_messages: 'invalid_parameter',
  characters_too_long: 'input_too_long',
  tokens_too_long: 'prompt_tokens_too_long',
  context_length_exceeded: 'prompt_tokens_too_long',
  exceed_context_size_error: 'prompt_tokens_too_long',
  invalid_model: 'api_name_not_found',
  model_not_found: 'api_name_not_found',
  model_offline: 'unsupported_method',
  method_not_supported: 'invalid_http_method',
  access_denied: 'access_denied',
  no_parameter_permission: 'access_denied',
  invalid_iam_token: 'upstream_auth_failed',
  invalid_appid: 'upstream_auth_failed',
  invalid_api_key: 'upstream_auth_failed',
  rpm_rate_limit_exceeded: 'rpm_limit_reached',
  tpm_rate_limit_exceeded: 'tpm_limit_reached',
  rate_limit_exceeded: 'rpm_limit_reached',
  user_rate_limit_exceeded: 'rpm_limit_reached',
  cluster_rate_limit_exceeded: 'cluster_limit_reached',
  input_tpm_rate_limit_exceeded: 'tpm_limit_reached',
  output_tpm_rate_limit_exceeded: 'tpm_limit_reached',
  account_overdue: 'daily_limit_reached',
  insufficient_quota: 'total_limit_reached',
  server_overloaded: 'high_load',
};

/** FastChat's own name for a full context (https://github.com/lm-sys/FastChat/blob/main/fastchat/constants.py). */
const fastChatContextOverflow = 40303;

/**
 * How servers say that a prompt does not fit, whatever code and status they give it: llama.cpp, vLLM and OpenAI, and
 * text-generation-inference.
 */
const contextOverflow =
  /exceeds? the (?:available|model's) context|maximum context length|context (?:length|size|window) (?:is )?exceeded|must have less than \d+ tokens/i;

/**
 * What the general words mean that servers name their errors with (`InternalServerError`, `rate_limit_error`,
 * `UNAVAILABLE`), without case, separators and the word "error". They count inside a 200 only: elsewhere the status says more.
 */
const generalMeanings: Readonly<Record<string, ErrorCode>> = {
  badrequest: 'invalid_parameter',
  invalidrequest: 'invalid_parameter',
  validation: 'invalid_parameter',
  notfound: 'api_name_not_found',
  authentication: 'upstream_auth_failed',
  unauthorized: 'upstream_auth_failed',
  permissiondenied: 'upstream_auth_failed',
  ratelimit: 'rpm_limit_reached',
  toomanyrequests: 'rpm_limit_reached',
  resourceexhausted: 'rpm_limit_reached',
  overloaded: 'high_load',
  unavailable: 'high_load',
  serviceunavailable: 'high_load',
  internal: 'upstream_http_error',
  internalserver: 'upstream_http_error',
  server: 'upstream_http_error',
  api: 'upstream_http_error',
};

/** What a status means where the body says nothing that is known. */
function meaningOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'upstream_auth_failed';
  if (status === 402) return 'total_limit_reached';
  if (status === 404) return 'api_name_not_found';
  if (status === 408) return 'upstream_timeout';
  if (status === 410) return 'unsupported_method';
  if (status === 413) return 'input_too_long';
  if (status === 429) return 'rpm_limit_reached';
  if (status === 503 || status === 529) return 'high_load';
  if (status >= 500) return 'upstream_http_error';
  return status >= 400 ? 'invalid_parameter' : 'upstream_rejected';
}

/** The V1 numbers where an error of this upstream has another one than the error table says. */
const errorCodes: Partial<Record<ErrorCode, number>> = { upstream_auth_failed: 14, upstream_http_error: 336000 };

/**
 * Reads an error of an OpenAI-compatible upstream, in any of the shapes that servers give it (see error-shapes.ts).
 *
 * @param status The HTTP status it came with, 200 for one in a stream. Inside a 200 a code that is a number stands for the
 * status that it should have been.
 * @returns undefined when the value holds none.
 */
export function decodeOpenAiError(value: unknown, status: number): GatewayError | undefined {
  const members = findErrorMembers(value, status !== 200);
  if (members === undefined) return undefined;
  const text = members.message.trim();
  const code = contextOverflow.test(text) ? 'prompt_tokens_too_long' : findCode(members.codes, status);
  const message = text === '' ? `The upstream answered HTTP ${status}` : text.slice(0, longestMessage);
  return createUpstreamError(code, message);
}

/**
 * Reads an event that is called an error, which it is whatever its data looks like.
 *
 * @param value The data, parsed; undefined when it is not JSON.
 */
export function decodeErrorEvent(data: string, value: unknown): GatewayError {
  const error = decodeOpenAiError(value, 200) ?? decodeOpenAiError({ error: value ?? data }, 200);
  return error ?? new GatewayError('internal_error', 'The upstream reported an error in the stream');
}

/** The code of the first name or number that is known. */
function findCode(given: readonly unknown[], status: number): ErrorCode {
  for (const item of given) {
    const known = typeof item === 'string' && Object.hasOwn(meanings, item) ? meanings[item] : undefined;
    // "No permission to use the model" comes as invalid_model with 401.
    if (known === 'api_name_not_found' && status === 401) return 'permission_denied';
    if (known !== undefined) return known;
  }
  if (status !== 200) return meaningOfStatus(status);
  const numbers = given.map(Number).filter((number) => Number.isSafeInteger(number) && number > 0);
  for (const number of numbers) {
    if (number === fastChatContextOverflow) return 'prompt_tokens_too_long';
    if (number >= 400 && number < 600) return meaningOfStatus(number);
    const known = findCodeByNumber(number);
    if (known !== undefined) return known;
    // FastChat's codes begin with the status: 42903, 50004.
    if (number >= 40_000 && number < 60_000) return meaningOfStatus(Math.floor(number / 100));
  }
  for (const item of given) {
    const word = typeof item === 'string' ? item.toLowerCase().replaceAll(/[\s_-]|error$/g, '') : '';
    const general = Object.hasOwn(generalMeanings, word) ? generalMeanings[word] : undefined;
    if (general !== undefined) return general;
  }
  return 'internal_error';
}

/** The error of a status whose body says nothing. */
export function createStatusError(status: number): GatewayError {
  return createUpstreamError(meaningOfStatus(status), `The upstream answered HTTP ${status}`);
}

function createUpstreamError(code: ErrorCode, message: string): GatewayError {
  const errorCode = errorCodes[code];
  return new GatewayError(code, message, errorCode === undefined ? {} : { errorCode });
}

/** The body of an error, or the data of an error event: the OpenAI clients raise on both. */
export function encodeOpenAiError(error: GatewayError): string {
  const { message, code, parameter } = error;
  return JSON.stringify({ error: { message, type: typeOf(error), param: parameter ?? null, code } });
}

/** The answer to a request that failed. If the client may try again at once, it is told to wait one second. */
export function answerOpenAiError(error: GatewayError): EncodedError {
  const retryAfterSeconds = error.retryAfterSeconds ?? (error.retryable ? 1 : undefined);
  return { status: error.status, body: encodeOpenAiError(error), retryAfterSeconds };
}

function typeOf({ status }: GatewayError): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}
