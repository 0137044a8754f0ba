// Reads answers as the Go SDK does, and fails where it fails or drops something without a word.
import { findHeader } from '../../servers/raw-answer.ts';
import type { SdkOutcome, SdkResult, SdkWire } from './sdk-wire.ts';
import { parseObject, requireIntegers, requireTexts, splitLines, textOf, toResult } from './strict-json.ts';

type Reader = Pick<SdkWire, 'readToken' | 'readList' | 'readCompletion' | 'readStream'>;
type JsonObject = Readonly<Record<string, unknown>>;

/** bufio.Scanner gives up at a line that does not fit its buffer with the LF. */
const longestLineBytes = 65_535;

/** json.Unmarshal into typed fields. */
function unmarshal(text: string): JsonObject {
  const value = parseObject(text, 'Go: syntax error');
  requireTexts(value, ['id', 'object', 'result', 'error_msg'], 'Go');
  requireIntegers(value, ['created', 'sentence_id', 'error_code'], 'Go');
  const { is_end: isEnd, usage } = value;
  if (isEnd !== undefined && typeof isEnd !== 'boolean') throw new Error('Go: is_end is no bool');
  const counts = usage === null || usage === undefined ? {} : parseObject(JSON.stringify(usage), 'Go: usage');
  requireIntegers(counts, ['prompt_tokens', 'completion_tokens', 'total_tokens'], 'Go');
  return value;
}

/** An error needs a code and a message; with only one of them it goes unseen. */
function readError(value: JsonObject): SdkOutcome['raised'] {
  const { error_code: code, error_msg: message } = value;
  if ((code === undefined || code === 0) && message === undefined) return undefined;
  if (code === 0 || typeof code !== 'number' || typeof message !== 'string' || message === '') {
    throw new Error('Go: an error without a code or a message goes unseen');
  }
  return { code, message };
}

function readWhole(text: string): SdkOutcome {
  const value = unmarshal(text);
  const raised = readError(value);
  return raised === undefined ? { results: [toResult(value, 'Go')] } : { results: [], raised };
}

/** The value of a line: what follows the first colon, without one space. */
function valueOf(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
}

/** The data of each frame: the values of the lines up to an empty one, put together. */
function readFrames(lines: readonly string[]): string[] {
  const frames: string[] = [];
  let data = '';
  // What follows the last LF is a line only if there is something.
  for (const line of lines.at(-1) === '' ? lines.slice(0, -1) : lines) {
    if (Buffer.byteLength(line) > longestLineBytes) throw new Error('Go: token too long');
    if (line.includes('event')) throw new Error(`Go: drops a line with the word: ${line.slice(0, 80)}`);
    if (line !== '') {
      data += valueOf(line);
    } else if (data !== '') {
      frames.push(data);
      data = '';
    }
  }
  if (data !== '') throw new Error('Go: loses a last frame without an empty line');
  return frames;
}

export const goReader: Reader = {
  readToken: ({ body }) => {
    const value = parseObject(body.toString(), 'Go');
    requireTexts(value, ['scope', 'session_key', 'session_secret', 'refresh_token'], 'Go');
    requireIntegers(value, ['expires_in'], 'Go');
    if (textOf(value, 'error') !== '') throw new Error(textOf(value, 'error_description'));
    return textOf(value, 'access_token');
  },
  // The status is ignored: a refusal is one by its header and an empty body, or leaves the list empty.
  readList: (answer) => {
    if (answer.status !== 200) throw new Error(`Go: IAMError ${findHeader(answer, 'X-Bce-Error-Code')}`);
    const value = parseObject(answer.body.toString(), 'Go: syntax error');
    requireTexts(value, ['log_id'], 'Go');
    const { common, custom } = value['result'] as Record<'common' | 'custom', readonly JsonObject[]>;
    const listed = new Map<string, string>();
    for (const service of [...common, ...custom]) {
      requireTexts(service, ['serviceId', 'serviceUuid', 'chargeStatus'], 'Go');
      const [type, endpoint] = textOf(service, 'url').split('/').slice(-2);
      if (textOf(service, 'apiType') === 'completions' && type === 'completions') {
        listed.set(textOf(service, 'name'), endpoint ?? '');
      }
    }
    if (listed.size === 0) throw new Error('Go: the list is empty');
    return listed;
  },
  readCompletion: ({ body }) => readWhole(body.toString()),
  readStream: (answer) => {
    if (findHeader(answer, 'Content-Type')?.includes('application/json')) {
      const outcome = readWhole(answer.body.toString());
      if (outcome.raised === undefined) throw new Error('Go: a stream answered with JSON is taken for an error');
      return outcome;
    }
    const results: SdkResult[] = [];
    for (const data of readFrames(splitLines(answer.body, 'Go'))) {
      if (data === '[DONE]') continue;
      const value = unmarshal(data);
      const raised = readError(value);
      if (raised !== undefined) return { results, raised };
      results.push(toResult(value, 'Go'));
    }
    return { results };
  },
};
