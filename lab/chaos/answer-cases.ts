// Wrong answers that are sent completely: their HTTP, their body or their events are wrong.
import type { UpstreamName } from '../../lib/config/shape.ts';
import type { ChaosCase, Script } from './chaos-case.ts';
import { createCase, dialects } from './cut-cases.ts';
import { trapUrl } from './faulty-upstream.ts';
import { createRecording } from './recordings.ts';
import type { Recording } from './recordings.ts';
import { createEventFaults } from './stream-faults.ts';
import type { AnswerFault } from './stream-faults.ts';

const crlf = '\r\n';

/** A response of the given head lines; it says itself how long it is unless `framing` does. */
export function encodeResponse(statusLine: string, headers: readonly string[], body: string, framing?: string): string {
  const length = framing ?? `Content-Length: ${Buffer.byteLength(body)}`;
  const lines = [`HTTP/1.1 ${statusLine}`, ...headers, ...(length === '' ? [] : [length])];
  return `${lines.join(crlf)}${crlf}${crlf}${body}`;
}

const send = (bytes: string): Script => [{ kind: 'send', bytes }, { kind: 'turn' }, { kind: 'end' }];

/** The faults of one recording, each of which every caller meets. */
function* createFaults(recording: Recording): Generator<AnswerFault> {
  const whole = recording.bytes.toString('utf8');
  const headEnd = whole.indexOf(crlf + crlf);
  const body = whole.slice(headEnd + 4);
  const type = recording.isStream ? 'Content-Type: text/event-stream' : 'Content-Type: application/json';
  const otherType = recording.isStream ? 'Content-Type: application/json' : 'Content-Type: text/event-stream';
  const length = Buffer.byteLength(body);
  const ok = (headers: readonly string[], content: string, framing?: string): Script =>
    send(encodeResponse('200 OK', headers, content, framing));
  const error = (name: string, script: Script): AnswerFault => ({ name, script, expected: 'error' });

  yield error('HTML', ok(['Content-Type: text/html'], '<html><body>It works!</body></html>'));
  yield error('empty body', ok([type], ''));
  yield error('no type, empty body', ok([], ''));
  yield error('no content', send(encodeResponse('204 No Content', [], '', '')));
  yield error('invalid JSON', ok(['Content-Type: application/json'], '{"result":"a",}'));
  for (const value of ['null', '[]', '""', '0', '{}', '{"result":1}', '{"choices":[]}', '{"choices":[null]}', '[[]]']) {
    yield error('JSON of another shape', ok(['Content-Type: application/json'], value));
    yield error('event of another shape', ok(['Content-Type: text/event-stream'], `data: ${value}\n\n`));
  }
  yield error('deep JSON', ok(['Content-Type: application/json'], '['.repeat(100_000)));
  yield { name: 'wrong type', script: ok([otherType], body), expected: 'either' };
  yield { name: 'no type', script: ok([], body), expected: 'either' };
  yield { name: 'type in capitals', script: ok([type.toUpperCase()], body), expected: 'either' };
  yield error('compressed', ok([type, 'Content-Encoding: gzip'], '\u001f\u008b\u0008\u0000\u0000'));

  for (const status of ['300 Many', '301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent']) {
    yield error('3xx', send(encodeResponse(status, [type, `Location: ${trapUrl}/`], body)));
  }
  yield error('304', send(encodeResponse('304 Not Modified', [], '', '')));
  for (const status of [
    400, 401, 402, 403, 404, 405, 408, 410, 413, 418, 429, 500, 501, 502, 503, 504, 529, 599, 999,
  ]) {
    yield error('4xx and 5xx with an answer', send(encodeResponse(`${status} Status`, [type], body)));
    yield error('4xx and 5xx, empty', send(encodeResponse(`${status} Status`, [], '')));
    const page = encodeResponse(`${status} Status`, ['Content-Type: text/html', 'Retry-After: 1'], '<p>busy</p>');
    yield error('4xx and 5xx of HTML', send(page));
  }
  yield error('201', send(encodeResponse('201 Created', ['Content-Type: text/html'], '<p>made</p>')));

  for (const interim of ['100 Continue', '102 Processing', '103 Early Hints']) {
    const script: Script = [
      { kind: 'send', bytes: `HTTP/1.1 ${interim}${crlf}Link: </x>${crlf}${crlf}` },
      { kind: 'turn' },
      ...send(whole),
    ];
    yield { name: '1xx before the answer', script, expected: 'whole' };
  }
  yield error('101', send(encodeResponse('101 Switching', ['Upgrade: chaos', 'Connection: Upgrade'], body, '')));
  const endless: Script = [{ kind: 'repeat', bytes: `HTTP/1.1 100 Continue${crlf}${crlf}`, everyMs: 5 }];
  yield { name: 'endless 1xx', script: endless, expected: 'error', more: { patience: 'short' } };

  // One byte less than all cuts the last line end, or the last brace.
  for (const less of [1, 2, 3, 10, length >> 1, length]) {
    const expected = recording.isStream && less <= 10 ? 'either' : 'error';
    yield { name: 'length too small', script: ok([type], body, `Content-Length: ${length - less}`), expected };
  }
  for (const more of [1, 10, 100_000]) {
    const framing = `Content-Length: ${length + more}`;
    yield { name: 'length too large, then end', script: ok([type], body, framing), expected: 'either' };
    const stall: Script = [{ kind: 'send', bytes: encodeResponse('200 OK', [type], body, framing) }];
    yield { name: 'length too large, then silence', script: stall, expected: 'either', more: { patience: 'short' } };
  }
  for (const framing of [
    'Content-Length: -1',
    'Content-Length: x',
    'Content-Length: 5, 6',
    'Content-Length: 99999999999999999999',
  ]) {
    yield { name: 'length that is none', script: ok([type], body, framing), expected: 'either' };
  }
  yield error('two lengths', ok([type, 'Content-Length: 3'], body));
  yield error('length and chunks', ok([type, 'Transfer-Encoding: chunked'], body));
  yield { name: 'HTTP/1.0', script: send(`HTTP/1.0 200 OK${crlf}${type}${crlf}${crlf}${body}`), expected: 'whole' };
  for (const noise of [
    '',
    'SSH-2.0-OpenSSH_9.6\r\n',
    '\0'.repeat(100),
    'HTTP/9.9 200 OK\r\n\r\n',
    '{"result":"x"}',
    body,
  ]) {
    yield error('no HTTP', send(noise));
  }
  yield error('head too large', ok([type, `X-Large: ${'x'.repeat(100_000)}`], body));
  yield error('too many headers', ok([type, ...Array.from({ length: 5_000 }, (_, index) => `X-${index}: 1`)], body));
  const flood: Script = [
    { kind: 'send', bytes: `HTTP/1.1 200 OK${crlf}` },
    { kind: 'repeat', bytes: `X-Endless: ${'x'.repeat(1_000)}${crlf}`, everyMs: 0 },
  ];
  yield error('endless head', flood);
  yield error('header with a line feed', ok([`${type}\nX-Evil: 1\n\nHTTP/1.1 200 OK`, 'X Y: 1'], body));

  const chunked = 'Transfer-Encoding: chunked';
  const hex = length.toString(16);
  for (const chunks of [
    `zz${crlf}${body}${crlf}`,
    `-1${crlf}${body}`,
    `${crlf}${body}`,
    'ffffffffffffffffffff\r\n',
    `${hex} ${body}`,
  ]) {
    yield error('chunk sizes that are none', ok([type], chunks, chunked));
  }
  // The body is complete, but the bytes after it are not HTTP.
  for (const chunks of [
    `${hex}${crlf}${body}`,
    `${hex}${crlf}${body}xx${crlf}0${crlf}${crlf}`,
    `${hex}${crlf}${body}${crlf}q`,
  ]) {
    yield { name: 'chunks that end wrongly', script: ok([type], chunks, chunked), expected: 'either' };
  }
  const half = `${(length >> 1).toString(16)}${crlf}${body}${crlf}0${crlf}${crlf}`;
  yield error('chunk smaller than its size', ok([type], half, chunked));
  const extended = `${hex};name=value${crlf}${body}${crlf}0${crlf}X-Trailer: 1${crlf}${crlf}`;
  yield { name: 'chunk extension and trailer', script: ok([type], extended, chunked), expected: 'whole' };
  yield* createEventFaults(recording);
}

const shapes = ['v1', 'completions', 'chat'] as const;

/** All faults, for each caller, each upstream, streamed and whole. */
export function* createAnswerCases(): Generator<ChaosCase> {
  for (const shape of shapes) {
    for (const isStream of [true, false]) {
      const recording = createRecording(shape, isStream, 'length');
      for (const dialect of dialects) yield* createCasesOf(dialect, recording);
    }
  }
}

function* createCasesOf(dialect: UpstreamName, recording: Recording): Generator<ChaosCase> {
  let number = 0;
  for (const { name, script, expected, more } of createFaults(recording)) {
    number += 1;
    yield createCase(dialect, recording, name, `(${number})`, script, expected, more);
  }
}
