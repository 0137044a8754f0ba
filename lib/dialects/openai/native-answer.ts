// Answers of llama.cpp's own interface, which stands where OpenAI's is expected if the base URL lacks its version.
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';

/**
 * Whether a value is an answer or an event of llama.cpp's own `/completions`
 * (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md): `content` and `stop` without `choices`.
 */
export function isNativeAnswer(value: unknown): boolean {
  return isJsonObject(value) && !('choices' in value) && typeof value['content'] === 'string' && 'stop' in value;
}

/** The error that says what the operator has to set. */
export function createNativeAnswerError(): GatewayError {
  const message = "The upstream answered in llama.cpp's own form, not in OpenAI's; OPENAI_BASE_URL must end in /v1";
  return new GatewayError('upstream_invalid_response', message);
}
