// Reads answers of the V1 completion API, whole and streamed.
import type { Completion, CompletionChunk, CompletionRequest, Extras, Usage } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject, parseJson } from '../../core/json.ts';
import { isCount, readCounts } from '../../core/usage.ts';
import type { AnswerReader } from '../codec.ts';
import { isHeldBackFlag, readFinishReason } from '../finish-reason.ts';
import { isKeepAlive } from '../keep-alive.ts';
import { qianfanV1Dialect } from './dialect.ts';
import { decodeErrorEvent, decodeOpenAiError } from '../openai/error.ts';
import { decodeV1Error } from './error.ts';
import { createTokenLimit } from './token-limit.ts';

/** Far more than any id has; what is sent with every frame must leave room for the text. */
const longestId = 256;

/** Creates a reader for the answer to a request. A text that has more tokens than were asked for is cut. */
export function createV1Reader({ maxTokens }: Pick<CompletionRequest, 'maxTokens'>): AnswerReader {
  const limit = createTokenLimit(maxTokens);
  let isCut = false;
  return {
    readWhole: (value) => limit(decodeV1Completion(value)),
    readEvent: (event) => {
      const { type, data } = event;
      if (data === '[DONE]' || isKeepAlive(event)) return [];
      const value = parseJson(data);
      if (type === 'error') throw decodeV1Error(value) ?? decodeErrorEvent(data, value);
      if (type === '' || type === 'message' || isFrame(value)) return readFrame(value);
      // A type that no page knows may carry anything.
      return [];
    },
    isCut: () => isCut,
    isEnding: () => false,
    end: () => undefined,
    rest: () => undefined,
  };

  function readFrame(value: unknown): CompletionChunk[] {
    if (value === undefined) {
      throw new GatewayError('upstream_invalid_response', 'The upstream sent an event that is not JSON');
    }
    const chunk = { ...decodeV1Completion(value), isEnd: isJsonObject(value) && value['is_end'] === true };
    const limited = limit(chunk);
    if (limited === chunk || limited.finishReason !== 'length') return [limited];
    isCut = !chunk.isEnd;
    return [{ ...limited, isEnd: true }];
  }
}

/** Whether it is an answer or an error of V1, under whatever name it comes. */
function isFrame(value: unknown): boolean {
  return isJsonObject(value) && ('result' in value || 'error_code' in value);
}

/**
 * Reads a whole answer or a frame.
 *
 * @throws GatewayError of the error it carries, `upstream_invalid_response`, or `upstream_truncated` for a
 * `finish_reason` that is not known to be good.
 */
export function decodeV1Completion(value: unknown): Completion {
  // What stands before V1, such as a proxy, has errors of other shapes.
  const error = decodeV1Error(value) ?? decodeOpenAiError(isAnswer(value) ? { error: value['error'] } : value, 200);
  if (error !== undefined) throw error;
  if (!isAnswer(value)) {
    throw new GatewayError('upstream_invalid_response', 'Qianfan answered without a result');
  }
  const { id, created, result, is_safe: isSafe, usage, ...rest } = value;
  // These are written anew. An error_code that is left is 0 and an error is empty, which some SDKs take for errors.
  const { sentence_id: _number, is_end: _end, error_code: _code, error_msg: _message, error: _empty, ...others } = rest;
  const finishReason = readFinishReason(others['finish_reason']);
  if (finishReason instanceof GatewayError) throw finishReason;
  const isHeldBack = isHeldBackFlag(others['flag']);
  // V1 says it as it was sent; no other dialect shows it.
  const fields = isHeldBack ? { ...others, result } : others;
  return {
    id: typeof id === 'string' ? id.slice(0, longestId) : '',
    createdSeconds: isCount(created) ? created : 0,
    text: isHeldBack ? '' : result,
    // Documented as bool, sent as 1 or 0; absent means that nothing was found.
    isSafe: isSafe !== 0 && isSafe !== false && !isHeldBack,
    usage: decodeUsage(usage),
    includesStop: true,
    finishReason: others['is_truncated'] === true ? 'length' : finishReason,
    extras: Object.keys(fields).length === 0 ? undefined : { dialect: qianfanV1Dialect, fields },
  };
}

function isAnswer(value: unknown): value is Readonly<Record<string, unknown>> & { readonly result: string } {
  return isJsonObject(value) && typeof value['result'] === 'string';
}

/**
 * In a stream Qianfan's `completion_tokens` counts one frame and `total_tokens` the whole so far; the difference of
 * total and prompt is right for both kinds of answer.
 */
function decodeUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prompt_tokens: promptTokens, total_tokens: totalTokens } = value;
  if (!isCount(promptTokens) || !isCount(totalTokens)) return undefined;
  const counts = readCounts(promptTokens, Math.max(0, totalTokens - promptTokens), totalTokens);
  const stated: Extras = { dialect: qianfanV1Dialect, fields: value };
  return counts && { ...counts, totalTokens, stated };
}
