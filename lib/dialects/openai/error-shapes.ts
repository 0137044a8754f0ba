// The shapes in which OpenAI-compatible servers report an error.
import { isJsonObject } from '../../core/json.ts';

/** What an error says, whatever its shape. */
export interface ErrorMembers {
  /** Empty when it has no words. */
  readonly message: string;
  /** Names and numbers that may tell what it means, the most telling first. */
  readonly codes: readonly unknown[];
}

/**
 * Finds the error in a parsed body or event:
 *
 * - `{"error": {…}}` or `{"error": "…"}`: OpenAI, llama.cpp, most others;
 * - `{"object": "error", "message", "code"}`: vLLM, FastChat;
 * - `{"error_code", "error_msg"}` or `{"text", "error_code"}`: Qianfan, FastChat;
 * - `{"code", "msg"}`, `{"code", "message"}`, `{"requestId", "code", "message"}`: Qianfan V2's gateway;
 * - `{"detail": "…"}`, `{"detail": [{"msg"}]}`: FastAPI; `{"message": "…"}`: proxies.
 *
 * An `error` without content (`{}`, `""`, null, or nothing but empty members) is how some servers say that there is none,
 * and so is an `error_code` of 0.
 *
 * @param isFailure Whether something else, such as the HTTP status, says that it is an error.
 * @returns undefined when there is none.
 */
export function findErrorMembers(value: unknown, isFailure = false): ErrorMembers | undefined {
  if (!isJsonObject(value)) return undefined;
  const { error } = value;
  if (isJsonObject(error) && (isFailure || isFilled(error))) return readMembers(error);
  // An error that is a name has its words beside it.
  if (typeof error === 'string' && error !== '')
    return { message: textOf(value['message']) || error, codes: [error, ...readMembers(value).codes] };
  if (error !== undefined && error !== null && !isJsonObject(error) && isFilled(error)) return readMembers(value);
  if (isFilled(value['error_code']) && Number(value['error_code']) !== 0) return readMembers(value);
  if (value['object'] === 'error') return readMembers(value);
  if ('choices' in value && !isFailure) return undefined;
  const { code, detail, message, msg } = value;
  const isReported = isFilled(detail) || isFilled(msg) || isFilled(message);
  const hasCode = isFilled(code) && code !== 0 && code !== '0';
  return isReported || (isFailure && hasCode) ? readMembers(value) : undefined;
}

function readMembers(error: Readonly<Record<string, unknown>>): ErrorMembers {
  const { message, msg, error_msg: errorMessage, detail, text } = error;
  const words = [message, msg, errorMessage, readDetail(detail), text].map(textOf).find((item) => item !== '') ?? '';
  const { code, type, error_type: errorType, error_code: errorCode, http_status_code: status } = error;
  return { message: words, codes: [code, type, errorType, errorCode, status, error['status']] };
}

/** FastAPI lists what is wrong with a body as objects with a `msg`. */
function readDetail(detail: unknown): unknown {
  if (!Array.isArray(detail)) return detail;
  return detail.map((item: unknown) => (isJsonObject(item) ? textOf(item['msg']) : textOf(item))).join('; ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.values(value).some(isFilled);
  return value !== undefined && value !== null && value !== '' && value !== false;
}
