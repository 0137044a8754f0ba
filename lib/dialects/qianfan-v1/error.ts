// Errors of the V1 dialect: `{error_code, error_msg}`, in both directions.
import { errorTable, GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';

/** Of a message; what goes on to callers is shortened once it has been redacted. */
const longestMessage = 8_000;

/** Baidu's codes; where two of ours share a number, the first in the table is Baidu's own. */
const codeByNumber = new Map<number, ErrorCode>();
for (const [code, { errorCode }] of Object.entries(errorTable) as [ErrorCode, { errorCode: number }][]) {
  if (!codeByNumber.has(errorCode)) codeByNumber.set(errorCode, code);
}

/**
 * Reads a V1 error out of a parsed body or event. Returns undefined when it is none. A code outside the table becomes
 * `upstream_rejected` and keeps its number.
 */
export function decodeV1Error(value: unknown): GatewayError | undefined {
  // 0 and null are how some servers spell "no error".
  if (!isJsonObject(value) || !value['error_code']) return undefined;
  const given = value['error_code'];
  const errorCode = typeof given === 'number' || typeof given === 'string' ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(errorCode)) {
    return new GatewayError('upstream_invalid_response', 'Qianfan answered with an error_code that is no integer');
  }
  const text = typeof value['error_msg'] === 'string' ? value['error_msg'].trim() : '';
  const message = text === '' ? `Qianfan error ${errorCode}` : text.slice(0, longestMessage);
  return new GatewayError(codeByNumber.get(errorCode) ?? 'upstream_rejected', message, { errorCode });
}

/** The body of a V1 error: one line of compact JSON, which is the only form that all four SDKs read. */
export function encodeV1Error(error: GatewayError, requestId: string): string {
  return JSON.stringify({ error_code: error.errorCode, error_msg: error.message, id: requestId });
}
