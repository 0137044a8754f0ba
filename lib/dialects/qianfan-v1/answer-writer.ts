// Writes answers of the V1 completion API, whole and streamed.
import type { Completion, CompletionChunk, Usage } from '../../core/completion.ts';
import type { GatewayError } from '../../core/errors.ts';
import { characterBoundary } from '../../core/surrogates.ts';
import type { StreamEncoder } from '../codec.ts';
import { encodeSseData } from '../sse.ts';
import { qianfanV1Dialect } from './dialect.ts';

/** The Go SDK reads lines of at most 65,535 bytes. */
const longestLineBytes = 65_535;

/** The body of a sync answer. `usage` is an object or absent, never null: null crashes the Python SDK. */
export function encodeV1Completion(completion: Completion): string {
  const { id, ...rest } = describeV1Completion(completion);
  return JSON.stringify({ id, object: 'completion', ...rest });
}

/** A completion with V1's field names. A key whose value is undefined is left out when written. */
export function describeV1Completion(completion: Completion) {
  return {
    id: completion.id,
    created: completion.createdSeconds,
    result: completion.text,
    is_safe: completion.isSafe ? 1 : 0,
    usage: encodeUsage(completion.usage, 0),
    ...otherFields(completion),
  };
}

/** What V1 said goes back as it was sent; what another dialect said is told in V1's words. */
function otherFields({ extras, finishReason }: Completion): Readonly<Record<string, unknown>> {
  if (extras?.dialect === qianfanV1Dialect) return extras.fields;
  return finishReason === 'length' ? { is_truncated: true } : {};
}

function encodeUsage(usage: Usage | undefined, completionTokensBefore: number): object | undefined {
  if (usage === undefined) return undefined;
  if (usage.stated?.dialect === qianfanV1Dialect) return usage.stated.fields;
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: Math.max(0, usage.completionTokens - completionTokensBefore),
    total_tokens: usage.totalTokens,
  };
}

/** Numbers the frames of one stream from 0 and turns the running token count into counts per frame. */
export function createV1StreamEncoder(requestId: string): StreamEncoder {
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
      ...otherFields(chunk),
      // Ours: V1 knows neither. They are absent unless there is something to say.
      usage_incomplete: (chunk.isEnd && chunk.isUsageIncomplete) || undefined,
      rescues: (chunk.isEnd && chunk.rescues) || undefined,
    });
    return encodeSseData(hideEventWord(json));
  };

  /** The frames of one chunk: one, or several when the text does not fit into one line. */
  const encode = (chunk: CompletionChunk): string => {
    const frame = encodeFrame(chunk);
    const fits = Buffer.byteLength(frame) - 2 <= longestLineBytes;
    const middle = characterBoundary(chunk.text, chunk.text.length >> 1);
    if (!fits && middle > 0) {
      // The tokens of a split chunk are counted in its last frame.
      const counted = chunk.usage && { ...chunk.usage, stated: undefined };
      const none = counted && { ...counted, completionTokens: 0, totalTokens: counted.promptTokens };
      const usage = counted && (usageBefore ?? none);
      return (
        encode({ ...chunk, text: chunk.text.slice(0, middle), isEnd: false, usage }) +
        encode({ ...chunk, text: chunk.text.slice(middle), usage: counted })
      );
    }
    sentenceId += 1;
    usageBefore = chunk.usage === undefined ? usageBefore : { ...chunk.usage, stated: undefined };
    completionTokensBefore = chunk.usage?.completionTokens ?? completionTokensBefore;
    return frame;
  };

  return { encode, end: () => '', fail: (error) => encodeV1StreamError(error, requestId) };
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
function encodeV1StreamError(error: GatewayError, requestId: string): string {
  const json = JSON.stringify({
    error_code: error.errorCode,
    error_msg: error.message,
    error: error.message,
    id: requestId,
  });
  return encodeSseData(hideEventWord(json)) + encodeSseData('[ABORTED]');
}
