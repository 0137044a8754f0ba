// Errors of the V1 dialect, in both directions: `{error_code, error_msg}`.
import { findCodeByNumber, GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import type { EncodedError } from '../codec.ts';
import { findErrorMembers } from '../openai/error-shapes.ts';

/** Of a message; what goes on to callers is shortened once it has been redacted. */
const longestMessage = 8_000;

/**
 * Reads a V1 error out of a parsed body or event. A number that the error table does not have becomes
 * `upstream_rejected` and is kept.
 *
 * @returns undefined when it is none: 0, "0" and null are how some servers spell that.
 */
export function decodeV1Error(value: unknown): GatewayError | undefined {
  if (!isJsonObject(value) || !value['error_code']) return undefined;
  const given = value['error_code'];
  const errorCode = typeof given === 'number' || typeof given === 'string' ? Number(given) : Number.NaN;
  if (errorCode === 0) return undefined;
  if (!Number.isSafeInteger(errorCode)) {
    return new GatewayError('upstream_invalid_response', 'Qianfan answered with an error_code that is no integer');
  }
  const text = typeof value['error_msg'] === 'string' ? value['error_msg'].trim() : '';
  const message = text === '' ? `Qianfan error ${errorCode}` : text.slice(0, longestMessage);
  return new GatewayError(findCodeByNumber(errorCode) ?? 'upstream_rejected', message, { errorCode });
}

/**
 * The error of a status whose body is no error of V1.
 *
 * @param value The parsed body, which may have words in another shape: undefined when it is not JSON.
 */
export function createV1StatusError(status: number, value: unknown): GatewayError {
  const words = findErrorMembers(value, true)?.message.trim().slice(0, longestMessage);
  const message = words || `The upstream answered HTTP ${status}`;
  if (status === 429) return new GatewayError('qps_limit_reached', message);
  // What the interface answers once it is switched off.
  if (status === 404 || status === 410) return new GatewayError('unsupported_method', message);
  if (status === 401 || status === 403) return new GatewayError('upstream_auth_failed', message);
  return new GatewayError(status >= 500 ? 'upstream_http_error' : 'upstream_rejected', message);
}

/** The body of a V1 error: one line of compact JSON, which is the only form that all four SDKs read. */
export function encodeV1Error(error: GatewayError, requestId: string): string {
  return JSON.stringify({ error_code: error.errorCode, error_msg: error.message, id: requestId });
}

/** The answer to a request that failed: HTTP 200, on stream requests too, which all four SDKs expect. */
export function answerV1Error(error: GatewayError, requestId: string): EncodedError {
  return { status: 200, body: encodeV1Error(error, requestId), retryAfterSeconds: error.retryAfterSeconds };
}
