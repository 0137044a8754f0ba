// What the check of responses finds: it is only worth something if it fails.
import { withCheckedResponses } from './check-responses.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { locate } from './openapi-document.ts';
import { startProcess } from '../../servers/start-local-run.ts';
import { findFaults } from './validate-response.ts';
import type { ObservedResponse } from './validate-response.ts';

const v1Path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/x';
const v1Place = '#/paths/~1rpc~12.0~1ai_custom~1v1~1wenxinworkshop~1completions~1{endpoint}/post/responses/200';
const v1Stream = `${v1Place}/content/text~1event-stream/examples/whole/value`;
const openAiStream = '#/paths/~1v1~1completions/post/responses/200/content/text~1event-stream/examples/whole/value';
const exampleOf = (pointer: string): string => locate(pointer).value as string;

const json = [
  ['Content-Type', 'application/json'],
  ['X-Request-Id', 'r'],
] as const;
const events = [
  ['Content-Type', 'text/event-stream; charset=utf-8'],
  ['X-Request-Id', 'r'],
] as const;

const health: ObservedResponse = {
  method: 'GET',
  path: '/health',
  isPreflight: false,
  status: 200,
  headers: json,
  body: '{"status":"ok","upstreams":{}}',
  isWhole: true,
};
const v1Error = { ...health, method: 'POST', path: v1Path, body: '{"error_code":18,"error_msg":"m","id":"r"}' };
const stream = { ...v1Error, headers: events, body: exampleOf(v1Stream) };
const notFound = { ...health, path: '/none', status: 404, body: '{"error":{"code":"route_not_found","message":"m"}}' };
const allowing = [...json, ['Allow', 'GET, HEAD']] as const;
const models = { ...health, path: '/v2/models/m', status: 405, headers: allowing, body: '' };
const refused = '{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"invalid_http_method"}}';

describe('nothing is found wrong with', () => {
  it.each<[string, ObservedResponse]>([
    ['health', health],
    ['a path under a stage', { ...health, path: '/prod/health' }],
    ['a V1 error', v1Error],
    ['a V1 stream', stream],
    ['a stream that the caller left', { ...stream, body: stream.body.slice(0, -9), isWhole: false }],
    ['an OpenAI stream', { ...stream, path: '/v1/completions', body: exampleOf(openAiStream) }],
    ['a path that nothing serves', notFound],
    ['a V1 path that nothing serves', { ...v1Error, path: '/rpc/2.0/wenxinworkshop/chat/x' }],
    ['a method that is refused', { ...models, method: 'DELETE', body: refused }],
    ['a HEAD of what GET has', { ...health, method: 'HEAD', body: '' }],
    ['a HEAD that is refused', { ...stream, method: 'HEAD', headers: json, body: '' }],
    ['a HEAD that nothing serves', { ...notFound, method: 'HEAD', body: '' }],
    ['a preflight', { ...health, method: 'OPTIONS', isPreflight: true, status: 204, headers: [], body: '' }],
    ['what API Gateway says', { ...health, status: 502, headers: json.slice(0, 1), body: '{"message":"m"}' }],
  ])('%s', (_what, response) => {
    expect(findFaults(response)).toEqual([]);
  });
});

describe('a fault is found in', () => {
  it.each<[string, ObservedResponse, RegExp]>([
    ['another status', { ...health, status: 201 }, /status is not documented/],
    ['a field more', { ...health, body: '{"status":"ok","upstreams":{},"mood":1}' }, /additional properties: mood/],
    ['a field less', { ...health, body: '{"status":"ok"}' }, /required property 'upstreams'/],
    ['another type', { ...v1Error, body: '{"error_code":"18","error_msg":"m","id":"r"}' }, /must be integer/],
    ['a header more', { ...health, headers: [...json, ['X-New', '1']] }, /header x-new is not documented/],
    ['a header less', { ...health, headers: json.slice(0, 1) }, /header X-Request-Id is missing/],
    ['a header of another form', { ...v1Error, headers: [...json, ['Retry-After', 'soon']] }, /Retry-After.*pattern/],
    ['another content type', { ...health, headers: [['Content-Type', 'text/html'], json[1]] }, /"text\/html" is not/],
    ['no JSON', { ...health, body: '<html>' }, /not JSON/],
    ['a stream where none is', { ...health, headers: events, body: stream.body }, /event-stream" is not documented/],
    ['an event with a field less', { ...stream, body: stream.body.replace(/"id":"[^"]*",/, '') }, /event 0/],
    ['an event of the other dialect', { ...stream, path: '/v1/completions' }, /event 0/],
    ['an event that is no line of data', { ...stream, body: `: ping\n\n${stream.body}` }, /not one line of data/],
    ['a literal of the other dialect', { ...stream, body: `${stream.body}data: [DONE]\n\n` }, /event 2/],
    ['a stream that is cut', { ...stream, body: stream.body.slice(0, -1) }, /blank line/],
    ['an unknown path that is served', { ...health, path: '/none' }, /status should be 404/],
    [
      'an unknown error code',
      { ...notFound, body: notFound.body.replace('route_not', 'way_not') },
      /body\/error\/code/,
    ],
    ['a method that is not documented', { ...models, method: 'POST', status: 200 }, /method is not documented/],
    ['a HEAD with a body', { ...health, method: 'HEAD' }, /HEAD is answered with a body/],
    ['a HEAD with a body that nothing serves', { ...notFound, method: 'HEAD' }, /HEAD is answered with a body/],
    ['a HEAD where GET is not served', { ...health, path: '/v1/completions', method: 'HEAD', body: '' }, /not refused/],
    ['a refusal without Allow', { ...models, method: 'DELETE', headers: json, body: refused }, /Allow is missing/],
    ['a preflight with a body', { ...health, isPreflight: true, status: 204 }, /preflight is answered with a body/],
  ])('%s', (_what, response, fault) => {
    expect(findFaults(response).join('\n')).toMatch(fault);
  });
});

describe('a handler whose responses are checked', () => {
  const call = { signal: new AbortController().signal, deadlineMs: Infinity };
  const headers = Object.fromEntries(json);

  it('throws in place of a response that is not documented', async () => {
    const handle = withCheckedResponses(async () => ({ status: 418, headers, body: '{}' }));
    await expect(handle(createHttpRequest({ target: '/health' }), call)).rejects.toThrow('/health → 418');
  });

  it('throws at the end of a stream that is not', async () => {
    const pieces = async function* () {
      yield 'data: {"mood":';
      yield '1}\n\n';
    };
    const handle = withCheckedResponses(async () => ({
      status: 200,
      headers: Object.fromEntries(events),
      body: pieces(),
    }));
    const { body } = await handle(createHttpRequest({ method: 'POST', target: v1Path }), call);
    await expect(Array.fromAsync(body as AsyncIterable<string>)).rejects.toThrow('event 0');
  });
});

describe('a process of the tests', () => {
  const server = '../build/openapi/undocumented-server-main.ts';
  const ask = async (url: string, isDocumented: string): Promise<void> => {
    await (await fetch(`${url}/health`, { headers: { 'X-Documented': isDocumented } })).text();
  };

  it('stops well when all it answered is documented', async () => {
    const running = await startProcess(server, {});
    await ask(running.url, 'yes');
    expect(await running.stop()).toBe(0);
  });

  it.each(['stop', 'kill'] as const)('does not %s well when something it answered is not', async (way) => {
    const running = await startProcess(server, {});
    await ask(running.url, 'yes');
    await ask(running.url, 'no');
    // A process that is killed tells nothing more; with the next answer it has told of this one.
    await ask(running.url, 'yes');
    await expect(running[way]()).rejects.toThrow('GET /health → 200: body must NOT have additional properties: mood');
  });
});
