// The readers of the wire replays can fail: one bad sample for each rule, beside a good one that passes.
import { readRawAnswer } from '../../servers/raw-answer.ts';
import type { RawAnswer } from '../../servers/raw-answer.ts';
import { go } from './go-wire.ts';
import { java } from './java-wire.ts';
import { python } from './python-wire.ts';
import type { SdkWire } from './sdk-wire.ts';

const requestId = ['X-Baidu-Request-Id', 'sdk-py-1'] as const;

const answer = (contentType: string, body: string, { status = 200, spelling = 'Content-Type' } = {}): RawAnswer => ({
  status,
  headers: [[spelling, contentType], requestId],
  body: Buffer.from(body),
});

type Frame = Readonly<Record<string, unknown>>;
const first: Frame = { id: 'as-1', object: 'completion', created: 1, sentence_id: 0, is_end: false, result: 'a' };
const last: Frame = { ...first, sentence_id: 1, is_end: true, result: 'b', is_safe: 1, usage: { total_tokens: 2 } };
const error: Frame = { error_code: 336000, error_msg: 'm', error: 'm' };
const frame = (value: Frame): string => `data: ${JSON.stringify(value)}\n\n`;

const stream = (body: string, head = {}): RawAnswer => answer('text/event-stream; charset=utf-8', body, head);
const json = (body: string, head = {}): RawAnswer => answer('application/json', body, head);
const read = (sdk: SdkWire, given: RawAnswer) =>
  given.headers[0]?.[1].includes('json') ? sdk.readCompletion(given) : sdk.readStream(given);

describe.each([python, go, java])('the reader of the $name SDK', (sdk) => {
  it('takes a stream that is as it should be', () => {
    expect(sdk.readStream(stream(frame(first) + frame(last)))).toMatchObject({ results: [first, last] });
  });

  it('takes a sync answer that is as it should be', () => {
    expect(sdk.readCompletion(json(JSON.stringify(last)))).toMatchObject({ results: [last] });
  });

  it('raises on an error in place of a sync answer or a stream', () => {
    const raised = { code: 336000, message: 'm' };
    expect(sdk.readCompletion(json(JSON.stringify(error)))).toEqual({ results: [], raised });
    expect(sdk.readStream(json(JSON.stringify(error)))).toEqual({ results: [], raised });
  });

  it('raises on the two frames of an error in mid-stream', () => {
    const broken = sdk.readStream(stream(`${frame(first)}${frame(error)}data: [ABORTED]\n\n`));
    expect(broken).toMatchObject({ results: [first], raised: { message: expect.any(String) } });
  });

  it('takes the end that only V2 has', () => {
    expect(sdk.readStream(stream(`${frame(last)}data: [DONE]\n\n`)).results).toHaveLength(1);
  });
});

/** 65,535 bytes with `data: `, and one more. */
const lineOf = (bytes: number): string => {
  const overhead = Buffer.byteLength(`data: ${JSON.stringify({ ...last, result: '' })}`);
  return frame({ ...last, result: 'x'.repeat(bytes - overhead) });
};

it('the Go reader takes a line of 65,535 bytes', () => {
  expect(go.readStream(stream(lineOf(65_535))).results).toHaveLength(1);
});

const breaks: readonly (readonly [sdk: SdkWire, rule: string, sample: RawAnswer, message: RegExp])[] = [
  [python, 'a CR', stream(frame(last).replaceAll('\n', '\r\n')), /CR/],
  [python, 'a comment', stream(`: ping\n\n${frame(last)}`), /unexpected stream response/],
  [python, 'a usage of null', stream(frame({ ...last, usage: null })), /usage is null/],
  [python, 'a sync usage of null', json(JSON.stringify({ ...last, usage: null })), /usage is null/],
  [python, 'a status of its own', json(JSON.stringify(error), { status: 429 }), /RequestError 429/],
  [python, 'bytes that are no UTF-8', { ...stream(''), body: Buffer.from('data: \xff\n\n', 'latin1') }, /encoded/],
  [python, 'an error code in quotes', json('{"error_code":"18","error_msg":"m"}'), /integers/],
  [python, 'no X-Baidu-Request-Id', { ...json('{}'), headers: [['Content-Type', 'application/json']] }, /come back/],
  [python, 'neither result nor error', json('{"id":"as-1"}'), /no result and no error/],

  [go, 'a CR', stream(frame(last).replaceAll('\n', '\r\n')), /CR/],
  [go, 'a line of 65,536 bytes', stream(lineOf(65_536)), /token too long/],
  [go, 'the word "event" in a text', stream(frame({ ...last, result: 'seventy events' })), /drops a line/],
  [go, 'an event line', stream(`event: completion\n${frame(last)}`), /drops a line/],
  [go, 'a comment', stream(`: ping\n${frame(last)}`), /syntax error/],
  [go, 'frames one line apart', stream(frame(first).replace('\n\n', '\n') + frame(last)), /syntax error/],
  [go, 'no empty line after the last frame', stream(frame(last).slice(0, -1)), /loses a last frame/],
  [go, 'a number as a text', stream(frame({ ...last, created: '1' })), /created is no integer/],
  [go, 'a text as a number', json(JSON.stringify({ ...last, id: 7 })), /id is no text/],
  [go, 'a token count with a fraction', json('{"result":"","usage":{"total_tokens":1.5}}'), /total_tokens/],
  [go, 'an is_end in quotes', stream(frame({ ...last, is_end: 'true' })), /is_end is no bool/],
  [go, 'an error without a message', json('{"error_code":18,"error_msg":""}'), /goes unseen/],
  [go, 'a JSON answer that is none', json('<html>'), /syntax error/],

  [java, 'a CR', stream(frame(last).replaceAll('\n', '\r\n')), /CR/],
  [java, 'a content-type in lower case', stream(frame(last), { spelling: 'content-type' }), /in this spelling/],
  [java, 'the same in a sync answer', json(JSON.stringify(last), { spelling: 'content-type' }), /in this spelling/],
  [java, 'another stream type', answer('text/plain', frame(last)), /not an event stream/],
  [java, 'data without a space', stream(frame(last).replace('data: ', 'data:')), /JsonSyntaxException/],
  [java, 'an event line', stream(`event: completion\n${frame(last)}`), /JsonSyntaxException/],
  [java, 'a comment', stream(`: ping\n\n${frame(last)}`), /JsonSyntaxException/],
  [java, 'frames one line apart', stream(frame(first).replace('\n\n', '\n') + frame(last)), /a line is lost/],
  [java, 'no empty line after the last frame', stream(frame(last).slice(0, -1)), /NoSuchElement/],
  [java, 'a last line without LF', stream(frame(last).slice(0, -2)), /NoSuchElement/],
  [java, 'is_safe as a boolean', stream(frame({ ...last, is_safe: true })), /is_safe is no integer/],
  [java, 'an error without a message', json('{"error_code":18,"error_msg":""}'), /goes unseen/],
  [java, 'an error frame alone', stream(frame(first) + frame(error)), /no error/],
  [java, 'an error frame before another', stream(frame(error) + frame(last)), /goes on/],
  [java, 'a status of its own', json(JSON.stringify(error), { status: 503 }), /status 503/],
];

it.each(breaks.map(([sdk, ...row]) => [sdk.name, ...row, sdk] as const))(
  'the %s reader fails at %s',
  (_name, _rule, sample, message, sdk) => {
    expect(() => read(sdk, sample)).toThrow(message);
  },
);

it('the Python reader reads only the first line of an error on a stream request', () => {
  const pretty = json(JSON.stringify(error, undefined, 2));
  expect(() => python.readStream(pretty)).toThrow(/JSONDecodeError/);
  expect(go.readStream(pretty).raised).toMatchObject({ code: 336000 });
});

const service = { serviceId: '1', name: 'M', url: 'http://h/completions/m', apiType: 'completions' };
const list = (...common: readonly Frame[]): RawAnswer => json(JSON.stringify({ result: { common, custom: [] } }));

it.each([
  [python, list(), /common is empty/],
  [python, json('{"error_code":500000}'), /is an error/],
  [python, json('{}', { status: 403 }), /RequestError 403/],
  [go, list(), /the list is empty/],
  [go, list({ ...service, name: 7 }), /name is no text/],
  [go, json('{}', { status: 403 }), /IAMError/],
  [java, list(), /the list is empty/],
  [java, list({ ...service, serviceId: 'sqlcoder_7b' }), /serviceId is no integer/],
  [java, json('{}', { status: 400 }), /status 400/],
])('a list that an SDK cannot use fails (%#)', (sdk, sample, message) => {
  expect(() => sdk.readList(sample)).toThrow(message);
});

it.each([python, go, java])('the $name reader takes a list that is as it should be', (sdk) => {
  expect([...sdk.readList(list(service)).values()]).toEqual(['m']);
});

it.each([
  ['a status line without a reason', 'HTTP/1.1 200\r\nA: b\r\n\r\n', /status line/],
  ['a header line without a space', 'HTTP/1.1 200 OK\r\nA:b\r\n\r\n', /header line/],
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', /size of a chunk/],
  ['a chunk that is too long', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n', /longer/],
])('an answer with %s is refused', (_what, bytes, message) => {
  expect(() => readRawAnswer(Buffer.from(bytes))).toThrow(message);
});
