// Answers of the V1 completion API, sync and streamed, in both directions.
import type { Completion, CompletionChunk, Usage } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { characterBoundary } from '../../core/surrogates.ts';
import { decodeV1Error } from './error.ts';
import { encodeSseData } from '../sse.ts';

/** The Go SDK reads lines of at most 65,535 bytes. */
const longestLineBytes = 65_535;
/** Far more than any id has; what is sent with every frame must leave room for the text. */
const longestId = 256;

/**
 * Reads a sync answer.
 *
 * @throws GatewayError of the error it carries, or `upstream_invalid_response`.
 */
export function decodeV1Completion(value: unknown): Completion {
  const error = decodeV1Error(value);
  if (error !== undefined) throw error;
  if (!isJsonObject(value) || typeof value['result'] !== 'string') {
    throw new GatewayError('upstream_invalid_response', 'Qianfan answered without a result');
  }
  return {
    id: typeof value['id'] === 'string' ? value['id'].slice(0, longestId) : '',
    createdSeconds: typeof value['created'] === 'number' ? value['created'] : 0,
    text: value['result'],
    // Documented as bool, sent as 1 or 0; absent means that nothing was found.
    isSafe: value['is_safe'] !== 0 && value['is_safe'] !== false,
    usage: decodeUsage(value['usage']),
    includesStop: true,
  };
}

/** Reads one streamed frame; throws as {@link decodeV1Completion} does. */
export function decodeV1Chunk(value: unknown): CompletionChunk {
  return { ...decodeV1Completion(value), isEnd: isJsonObject(value) && value['is_end'] === true };
}

/**
 * In a stream Qianfan's `completion_tokens` counts one frame and `total_tokens` the whole so far; the difference of
 * total and prompt is right for both kinds of answer.
 */
function decodeUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const promptTokens = value['prompt_tokens'];
  const totalTokens = value['total_tokens'];
  if (typeof promptTokens !== 'number' || typeof totalTokens !== 'number') return undefined;
  return { promptTokens, completionTokens: Math.max(0, totalTokens - promptTokens), totalTokens };
}

/** The body of a sync answer. `usage` is an object or absent, never null: null crashes the Python SDK. */
export function encodeV1Completion(completion: Completion): string {
  const { id, ...rest } = describeV1Completion(completion);
  return JSON.stringify({ id, object: 'completion', ...rest });
}

/** What a completion is in V1's words. A key whose value is undefined is absent once written. */
export function describeV1Completion(completion: Completion) {
  return {
    id: completion.id,
    created: completion.createdSeconds,
    result: completion.text,
    is_safe: completion.isSafe ? 1 : 0,
    usage: encodeUsage(completion.usage, 0),
  };
}

function encodeUsage(usage: Usage | undefined, completionTokensBefore: number): object | undefined {
  return (
    usage && {
      prompt_tokens: usage.promptTokens,
      completion_tokens: Math.max(0, usage.completionTokens - completionTokensBefore),
      total_tokens: usage.totalTokens,
    }
  );
}

export interface V1StreamEncoder {
  /** The frames of one chunk: one, or several when the text does not fit into one line. */
  encode(chunk: CompletionChunk): string;
}

/** Numbers the frames of one stream from 0 and turns the running token count into counts per frame. */
export function createV1StreamEncoder(): V1StreamEncoder {
  let sentenceId = 0;
  let completionTokensBefore = 0;
  let usageBefore: Usage | undefined;

  const encodeFrame = (chunk: CompletionChunk): string => {
    const json = JSON.stringify({
      id: chunk.id,
      object: 'completion',
      created: chunk.createdSeconds,
      sentence_id: sentenceId,
      is_end: chunk.isEnd,
      result: chunk.text,
      is_safe: chunk.isSafe ? 1 : 0,
      usage: encodeUsage(chunk.usage, completionTokensBefore),
      // Ours: V1 knows neither. They are absent unless there is something to say.
      usage_incomplete: (chunk.isEnd && chunk.isUsageIncomplete) || undefined,
      rescues: (chunk.isEnd && chunk.rescues) || undefined,
    });
    return encodeSseData(hideEventWord(json));
  };

  const encode = (chunk: CompletionChunk): string => {
    const frame = encodeFrame(chunk);
    const fits = Buffer.byteLength(frame) - 2 <= longestLineBytes;
    const middle = characterBoundary(chunk.text, chunk.text.length >> 1);
    if (!fits && middle > 0) {
      // The tokens of a split chunk are counted in its last frame.
      const usage =
        chunk.usage && (usageBefore ?? { ...chunk.usage, completionTokens: 0, totalTokens: chunk.usage.promptTokens });
      return (
        encode({ ...chunk, text: chunk.text.slice(0, middle), isEnd: false, usage }) +
        encode({ ...chunk, text: chunk.text.slice(middle) })
      );
    }
    sentenceId += 1;
    usageBefore = chunk.usage ?? usageBefore;
    completionTokensBefore = chunk.usage?.completionTokens ?? completionTokensBefore;
    return frame;
  };

  return { encode };
}

/**
 * The Go SDK drops every stream line that contains the letters "event". Written with an escape they reach all four
 * SDKs. Escapes are passed over whole: the last digit of `\u000e` before "vent" is not a letter of the text.
 */
function hideEventWord(json: string): string {
  if (!json.includes('event')) return json;
  return json.replace(/\\u[0-9a-f]{4}|\\.|event/g, (token) => {
    if (token === 'event') return '\\u0065vent';
    return token.startsWith('\\u') ? `\\u${token.slice(2).toUpperCase()}` : token;
  });
}

/**
 * Reports a failure after the first frame. The Python, Go and Node SDKs raise on the first of the two frames; Java
 * takes it for an empty frame and raises on the second, which is no JSON.
 */
export function encodeV1StreamError(error: GatewayError, requestId: string): string {
  const json = JSON.stringify({
    error_code: error.errorCode,
    error_msg: error.message,
    error: error.message,
    id: requestId,
  });
  return encodeSseData(hideEventWord(json)) + encodeSseData('[ABORTED]');
}
