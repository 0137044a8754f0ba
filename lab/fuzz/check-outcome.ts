// What holds for every answer of the HTTP function, and for every request that it sends upstream.
import assert from 'node:assert/strict';
import { isJsonObject, parseJson } from '../../lib/core/json.ts';
import { passedNames } from '../../lib/dialects/openai/passed-parameters.ts';
import { readPrelude, splitPrelude } from '../../local/response-prelude.ts';
import { upstreamKey, upstreamToken } from './fuzz-target.ts';
import type { FunctionOutcome, FuzzTarget } from './fuzz-target.ts';
import { isOwnFault } from './log-capture.ts';
import type { SeenRequest } from './raw-upstream.ts';

export interface CheckedAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** API Gateway refuses more metadata than this. */
const mostMetadataBytes = 16_384;
/** The longest refusal. It must not quote much of what it refuses. */
const longestRefusal = 16_384;
const longestLogLine = 16_384;

/** Throws if the log reports a fault of the gateway, or if a line is too long. */
export function checkLogLines(logLines: readonly string[]): void {
  assert.equal(logLines.filter(isOwnFault).join('\n'), '', 'the log tells of a fault of our own');
  for (const line of logLines) assert.ok(line.length <= longestLogLine, `a log line has ${line.length} characters`);
}

/** Throws unless the answer to a request of that method is legal HTTP, in the dialect of its route, and no fault of our own. */
export function checkAnswer({ bytes, logLines }: Omit<FunctionOutcome, 'seen'>, method?: string): CheckedAnswer {
  checkLogLines(logLines);
  const split = splitPrelude(bytes);
  assert.ok(split !== undefined, 'there is no metadata');
  assert.ok(Buffer.byteLength(split.metadata) <= mostMetadataBytes, 'the metadata is too long');
  const { statusCode: status, rawHeaders } = readPrelude(split.metadata);
  assert.notEqual(status, 500);
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    assert.match(name, /^[A-Za-z-]+$/, 'a header name is not one');
    assert.match(value, /^[\x20-\x7e]*$/, 'a header value is not one');
    assert.notEqual(name.toLowerCase(), 'x-injected');
    assert.ok(!headers.has(name.toLowerCase()), 'a header stands twice');
    headers.set(name.toLowerCase(), value);
  }
  const body = split.body.toString();
  if (method === 'HEAD') assert.equal(body, '', 'the answer to HEAD has a body');
  else checkBody(body, status, headers.get('content-type') ?? '');
  return { status, headers, body };
}

function checkBody(body: string, status: number, contentType: string): void {
  if (status === 204) return assert.equal(body, '');
  if (contentType.startsWith('text/event-stream')) {
    assert.ok(body.endsWith('\n\n'), 'the stream does not end with a blank line');
    for (const frame of body.slice(0, -2).split('\n\n')) {
      const data = /^data: ([^\r\n]+)$/.exec(frame)?.[1];
      assert.ok(data !== undefined, 'a frame is not one');
      const isSignal = data === '[DONE]' || data === '[ABORTED]';
      assert.ok(isSignal || isJsonObject(parseJson(data)), 'a frame is no JSON');
    }
    return;
  }
  assert.match(contentType, /^application\/json/);
  const value = parseJson(body);
  assert.ok(isJsonObject(value), 'the body is no JSON object');
  const isRefusal = status >= 400 || 'error_code' in value;
  if (isRefusal) assert.ok(body.length <= longestRefusal, `a refusal has ${body.length} characters`);
  if (isRefusal)
    assert.ok(
      ['error', 'error_code', 'message'].some((name) => name in value),
      'the refusal says nothing',
    );
  // The upstream of these cases never fails.
  assert.notEqual(value['error_code'], 336000);
}

const v1Target = /^\/base\/rpc\/2\.0\/ai_custom\/v1\/wenxinworkshop\/completions\/[A-Za-z0-9_-]{1,256}\?([^?#]*)$/;
const openAiTargets = ['/v2/completions', '/v2/chat/completions'];
const headersSent = ['accept-encoding', 'content-type', 'authorization', 'content-length', 'host', 'connection'];
/** The most texts of one request. */
const mostRequests = 16;

/** Throws unless the upstream was sent only what the gateway itself decides on, but for the body's own values. */
export function checkUpstreamRequests(seen: readonly SeenRequest[], { upstream, trap }: FuzzTarget): void {
  assert.ok(seen.length <= mostRequests, `one request became ${seen.length}`);
  for (const { method, target, headers, body } of seen) {
    assert.equal(method, 'POST');
    const search = v1Target.exec(target)?.[1];
    if (search === undefined) assert.ok(openAiTargets.includes(target), 'the path is another one');
    else assert.equal(search, new URLSearchParams({ access_token: upstreamToken }).toString());
    const sent = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(sent.size, headers.length, 'a header stands twice');
    for (const name of sent.keys()) assert.ok(headersSent.includes(name), `there is a header ${name}`);
    assert.equal(sent.get('host'), upstream.host);
    assert.equal(sent.get('accept-encoding'), 'identity');
    assert.equal(sent.get('content-type'), 'application/json');
    assert.equal(sent.get('authorization'), search === undefined ? `Bearer ${upstreamKey}` : undefined);
    checkUpstreamBody(body, search === undefined);
  }
  assert.equal(trap.connections(), 0, 'somebody else was called');
}

const v1Fields = ['prompt', 'stream', 'temperature', 'top_k', 'top_p', 'penalty_score', 'stop', 'user_id'];
const openAiFields = [
  ...passedNames,
  'suffix',
  'model',
  'messages',
  'max_tokens',
  'user',
  'presence_penalty',
  'frequency_penalty',
  'seed',
];

function checkUpstreamBody(body: string, isOpenAi: boolean): void {
  const value = parseJson(body);
  assert.ok(isJsonObject(value), 'the body is no JSON object');
  const own = isOpenAi ? [...openAiFields, 'stream_options'] : ['max_output_tokens'];
  for (const name of Object.keys(value)) assert.ok([...v1Fields, ...own].includes(name), `there is a field ${name}`);
}
