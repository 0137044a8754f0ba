// Reads answers as the Java SDK does, and fails where it fails or misses something without a word.
import { headerOf } from '../../servers/raw-answer.ts';
import type { RawAnswer } from '../../servers/raw-answer.ts';
import type { SdkOutcome, SdkResult, SdkWire } from './sdk-wire.ts';
import { parseObject, requireIntegers, requireTexts, splitLines, textOf, toResult } from './strict-json.ts';

type Reader = Pick<SdkWire, 'readToken' | 'readList' | 'readCompletion' | 'readStream'>;
type JsonObject = Readonly<Record<string, unknown>>;

/** Gson into typed fields: an Integer takes a number or its digits in quotes, never a boolean or another text. */
function fromJson(text: string): JsonObject {
  const value = parseObject(text, 'Java: JsonSyntaxException');
  requireTexts(value, ['id', 'object', 'result', 'error_msg'], 'Java');
  requireIntegers(value, ['created', 'sentence_id', 'is_safe', 'error_code'], 'Java');
  const counts = parseObject(JSON.stringify(value['usage'] ?? {}), 'Java: usage');
  requireIntegers(counts, ['prompt_tokens', 'completion_tokens', 'total_tokens'], 'Java');
  return value;
}

/** Looks the type up in a case-sensitive map. */
function contentTypeOf(answer: RawAnswer): string {
  const contentType = headerOf(answer, 'Content-Type');
  if (contentType === undefined) throw new Error('Java: no Content-Type in this spelling');
  return contentType;
}

/** Throws on any status but 200; returns the error of a JSON answer, which only its message tells. */
function readError(answer: RawAnswer): SdkOutcome['raised'] {
  if (answer.status !== 200) throw new Error(`Java: RequestException, status ${answer.status}`);
  if (!contentTypeOf(answer).startsWith('application/json')) return undefined;
  const { error_code: code, error_msg: message } = fromJson(answer.body.toString());
  if (message === undefined && code === undefined) return undefined;
  if (message === undefined || message === '') throw new Error('Java: an error without a message goes unseen');
  return { code: Number(code), message: textOf({ message }, 'message') };
}

/** Two lines a frame: the data, and one that is thrown away whatever it is. */
function readFrames(lines: readonly string[]): string[] {
  if (lines.at(-1) !== '') throw new Error('Java: NoSuchElementException, the stream does not end with a line');
  const whole = lines.slice(0, -1);
  const frames: string[] = [];
  for (let index = 0; index < whole.length; index += 2) {
    const line = whole[index] ?? '';
    if (!line.startsWith('data: ')) throw new Error(`Java: JsonSyntaxException: ${line.slice(0, 80)}`);
    const next = whole[index + 1];
    if (next === undefined) throw new Error('Java: NoSuchElementException, a frame has one line');
    if (next !== '') throw new Error(`Java: a line is lost: ${next.slice(0, 80)}`);
    frames.push(line.slice('data: '.length));
  }
  return frames;
}

/** A frame without a result is handed out all the same; it must be followed by one that makes the SDK throw. */
function readResults(frames: readonly string[]): SdkOutcome {
  const results: SdkResult[] = [];
  let isFrameNull = false;
  for (const data of frames) {
    if (data === '[DONE]') break;
    // What begins an array cannot be an answer.
    if (data.startsWith('[')) return { results, raised: { message: 'JsonSyntaxException' } };
    const value = fromJson(data);
    if (isFrameNull) throw new Error('Java: goes on after a frame without a result');
    isFrameNull = value['result'] === undefined;
    if (!isFrameNull) results.push(toResult(value, 'Java'));
  }
  if (isFrameNull) throw new Error('Java: ends with a frame without a result, and no error');
  return { results };
}

export const javaReader: Reader = {
  readToken: ({ status, body }) => {
    const value = parseObject(body.toString(), 'Java');
    requireIntegers(value, ['expires_in'], 'Java');
    const token = textOf(value, 'access_token');
    if (status > 400 || token === '') throw new Error(textOf(value, 'error_description'));
    return token;
  },
  readList: (answer) => {
    if (answer.status !== 200) throw new Error(`Java: the list has status ${answer.status}`);
    const { result } = parseObject(answer.body.toString(), 'Java') as { result: { common: readonly JsonObject[] } };
    if (result.common.length === 0) throw new Error('Java: the list is empty');
    return new Map(
      result.common.map((service) => {
        requireTexts(service, ['serviceUuid', 'chargeStatus'], 'Java');
        requireIntegers({ serviceId: Number(service['serviceId'] ?? 0) }, ['serviceId'], 'Java');
        if (service['apiType'] !== 'completions') throw new Error('Java: a service of another type');
        // Names are looked up in lower case.
        return [textOf(service, 'name').toLowerCase(), textOf(service, 'url').split('/').at(-1) ?? ''];
      }),
    );
  },
  readCompletion: (answer) => {
    const raised = readError(answer);
    if (raised !== undefined) return { results: [], raised };
    return { results: [toResult(fromJson(answer.body.toString()), 'Java')] };
  },
  readStream: (answer) => {
    const raised = readError(answer);
    if (raised !== undefined) return { results: [], raised };
    if (!contentTypeOf(answer).startsWith('text/event-stream')) throw new Error('Java: not an event stream');
    return readResults(readFrames(splitLines(answer.body, 'Java')));
  },
};
