// Reads answers as the Python SDK does, and fails where it fails.
import { findHeader, headerOf } from '../../servers/raw-answer.ts';
import type { RawAnswer } from '../../servers/raw-answer.ts';
import type { SdkOutcome, SdkResult, SdkWire } from './sdk-wire.ts';
import { parseObject, splitLines, textOf, toResult } from './strict-json.ts';

type Reader = Pick<SdkWire, 'readToken' | 'readList' | 'readCompletion' | 'readStream'>;

/** Throws as `_check_if_status_code_is_200` does, with what it shows the user. */
function checkStatus(answer: RawAnswer): void {
  if (answer.status >= 200 && answer.status < 300) return;
  const message = findHeader(answer, 'X-Bce-Error-Message') ?? '';
  throw new Error(`Python: RequestError ${answer.status} ${findHeader(answer, 'X-Bce-Error-Code') ?? ''} ${message}`);
}

function readError(value: Readonly<Record<string, unknown>>): SdkOutcome['raised'] {
  if (!('error_code' in value)) return undefined;
  if (!Number.isInteger(value['error_code'])) throw new Error('Python: error_code is compared with integers');
  return { code: Number(value['error_code']), message: textOf(value, 'error_msg') };
}

/** `body.get("usage", {}).get(…)` survives an absent usage, not null. */
function readResult(value: Readonly<Record<string, unknown>>): SdkResult {
  if (value['usage'] === null) throw new Error('Python: AttributeError, usage is null');
  return toResult(value, 'Python');
}

/** The SDK hands out the headers as a dict, under the names on the wire. */
function checkRequestId(answer: RawAnswer): void {
  if (!headerOf(answer, 'X-Baidu-Request-Id')?.startsWith('sdk-py-')) {
    throw new Error('Python: X-Baidu-Request-Id does not come back');
  }
}

/** Names of services in the list are followed by the last two segments of the URL. */
function readServices(value: Readonly<Record<string, unknown>>): Map<string, string> {
  if ('error_code' in value) throw new Error('Python: the list is an error');
  const { common } = value['result'] as { common: readonly { name: string; url: string }[] };
  if (common.length === 0) throw new Error('Python: asks again before every call when common is empty');
  const services = common.map(({ name, url }) => ({ name, tail: url.split('/').slice(-2) }));
  return new Map(
    services.filter(({ tail }) => tail[0] === 'completions').map(({ name, tail }) => [name, tail[1] ?? '']),
  );
}

export const pythonReader: Reader = {
  readToken: ({ body }) => {
    const value = parseObject(body.toString(), 'Python');
    if ('error' in value) throw new Error(textOf(value, 'error_description'));
    return textOf(value, 'access_token');
  },
  readList: (answer) => {
    checkStatus(answer);
    return readServices(parseObject(answer.body.toString(), 'Python'));
  },
  readCompletion: (answer) => {
    checkStatus(answer);
    checkRequestId(answer);
    const value = parseObject(answer.body.toString(), 'Python');
    const raised = readError(value);
    return raised === undefined ? { results: [readResult(value)] } : { results: [], raised };
  },
  readStream: (answer) => {
    checkRequestId(answer);
    const lines = splitLines(answer.body, 'Python');
    if (findHeader(answer, 'Content-Type')?.includes('json')) {
      // Only the first line of a JSON answer is read.
      const raised = readError(parseObject(lines[0] ?? '', 'Python: JSONDecodeError'));
      if (raised === undefined) throw new Error('Python: a stream answered with JSON is taken for an error');
      return { results: [], raised };
    }
    checkStatus(answer);
    const results: SdkResult[] = [];
    for (const line of lines) {
      if (line === '' || line.startsWith('event: ')) continue;
      if (!line.startsWith('data:')) throw new Error(`Python: unexpected stream response: ${line.slice(0, 80)}`);
      const data = line.slice('data:'.length).trim();
      if (data === '[DONE]') break;
      const value = parseObject(data, 'Python');
      const raised = readError(value);
      if (raised !== undefined) return { results, raised };
      results.push(readResult(value));
    }
    return { results };
  },
};
