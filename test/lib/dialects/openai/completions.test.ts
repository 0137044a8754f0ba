import type { ServerResponse } from 'node:http';
import type { CompletionRequest, UpstreamCall } from '../../../lib/core/completion.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { createOpenAiUpstream, openAiReader } from '../../../lib/upstream/openai.ts';
import { createSend } from '../../../lib/upstream/send.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Respond = (response: ServerResponse) => void;

const call: UpstreamCall = {
  requestId: 'r',
  signal: new AbortController().signal,
  deadlineMs: Number.MAX_SAFE_INTEGER,
};
const catalog = createModelCatalog({ A: { openai: 'vendor/a' }, C: { openai: 'c', chat: true } });
const asking = (name: string): CompletionRequest => ({ model: catalog.resolve(name), prompt: 'p' });

async function createClient(respond: Respond, timeoutMs = 10_000) {
  const started = await startHttpServer((_request, response) => respond(response));
  server = started;
  const silence = { firstEventTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs };
  const send = createSend({ transport: createTransport(), reader: openAiReader, silence });
  return { upstream: createOpenAiUpstream(`${started.url}/prefix/v1`, send), requests: started.requests };
}

async function readStream(respond: Respond): Promise<unknown[]> {
  const { upstream } = await createClient(respond);
  const chunks = await upstream.stream(asking('A'), call);
  return (await Array.fromAsync(chunks)).map(({ text, isEnd, finishReason, usage }) => [
    text,
    isEnd,
    finishReason,
    usage?.totalTokens,
  ]);
}

const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Respond =>
  (response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
const stream =
  (text: string): Respond =>
  (response) =>
    void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(text);

const whole = { id: 'cmpl-1', created: 1, choices: [{ text: 'ok', finish_reason: 'stop' }] };
const frame = (text: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'cmpl-1', created: 1, choices: [{ text, finish_reason: finish }] })}\n\n`;
const usageFrame = 'data: {"id":"cmpl-1","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3}}\n\n';

describe('createOpenAiUpstream', () => {
  it.each([
    ['A', '/prefix/v1/completions', { model: 'vendor/a', prompt: 'p', stream: false }],
    ['C', '/prefix/v1/chat/completions', { model: 'c', messages: [{ role: 'user', content: 'p' }], stream: false }],
  ])('asks for the model %s at %s', async (name, path, body) => {
    const { upstream, requests } = await createClient(json(200, whole));
    await expect(upstream.complete(asking(name), call)).resolves.toMatchObject({ text: 'ok', finishReason: 'stop' });
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(requests[0]?.url.pathname).toBe(path);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(body);
  });

  it.each<[string, string]>([
    ['as documented', `${frame('a')}${frame('b', 'stop')}${usageFrame}data: [DONE]\n\n`],
    ['with comments', `: keep-alive\n\n${frame('a')}: x\n\n${frame('b', 'stop')}: y\n\n${usageFrame}data: [DONE]\n\n`],
    [
      'with event lines and CRLF',
      `event: completion\n${frame('a')}${frame('b', 'stop')}${usageFrame}`.replaceAll('\n', '\r\n'),
    ],
    ['without [DONE]', `${frame('a')}${frame('b', 'stop')}${usageFrame}`],
  ])('reads a stream %s', async (_name, text) => {
    await expect(readStream(stream(text))).resolves.toEqual([
      ['a', false, undefined, undefined],
      ['b', false, undefined, undefined],
      ['', true, 'stop', 5],
    ]);
  });

  it('ends a stream whose connection breaks after its finish_reason', async () => {
    const respond: Respond = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(frame('a', 'stop'), () => setTimeout(() => response.destroy(), 5));
    };
    await expect(readStream(respond)).resolves.toEqual([
      ['a', false, undefined, undefined],
      ['', true, 'stop', undefined],
    ]);
  });

  it('ends a stream of continuous usage once', async () => {
    const counted = (text: string, count: number, finish: string | null) =>
      frame(text, finish).replace('"id"', `"usage":{"prompt_tokens":1,"completion_tokens":${count}},"id"`);
    const text = `${counted('a', 1, null)}${counted('b', 2, 'stop')}${usageFrame}data: [DONE]\n\n`;
    await expect(readStream(stream(text))).resolves.toEqual([
      ['a', false, undefined, 2],
      ['b', false, undefined, 3],
      ['', true, 'stop', 3],
    ]);
  });

  it('makes one chunk of a whole answer to a stream request', async () => {
    await expect(readStream(json(200, whole))).resolves.toEqual([['ok', true, 'stop', undefined]]);
  });

  it.each<[string, Respond, string]>([
    ['a stream cut off', stream(frame('a')), 'upstream_truncated'],
    ['an error event', stream(`${frame('a')}data: {"error":{"message":"died"}}\n\n`), 'internal_error'],
    ['an error event at first', stream('data: {"error":{"code":"server_overloaded"}}\n\n'), 'high_load'],
    ['an error instead of a stream', json(400, { error: { code: 'tokens_too_long' } }), 'prompt_tokens_too_long'],
    ['nothing but [DONE]', stream('data: [DONE]\n\n'), 'upstream_truncated'],
    ['nothing', stream(''), 'upstream_truncated'],
  ])('fails on %s', async (_name, respond, code) => {
    await expect(readStream(respond)).rejects.toMatchObject({ code });
  });

  it.each<[string, Respond, object]>([
    ['a page', (r) => void r.writeHead(502).end('<p>secret</p>'), { code: 'upstream_http_error', errorCode: 336000 }],
    ['a 404 without a body', (r) => void r.writeHead(404).end(), { code: 'api_name_not_found', errorCode: 336005 }],
    ['a 410 without a body', (r) => void r.writeHead(410).end(), { code: 'unsupported_method', errorCode: 3 }],
    ['a stream to no stream request', stream(frame('a', 'stop')), { code: 'upstream_invalid_response' }],
    [
      'a 429 with Retry-After',
      json(429, { error: { code: 'tpm_rate_limit_exceeded', message: 'slow' } }, { 'Retry-After': '7' }),
      { code: 'tpm_limit_reached', errorCode: 336502, retryAfterSeconds: 7, message: 'slow' },
    ],
    [
      'a 401 with Retry-After',
      json(401, { error: { code: 'invalid_iam_token', message: 'no' } }, { 'Retry-After': '7' }),
      { code: 'upstream_auth_failed', errorCode: 14, retryAfterSeconds: 7 },
    ],
  ])('fails with the right code for %s', async (_name, respond, expected) => {
    const { upstream } = await createClient(respond);
    await expect(upstream.complete(asking('A'), call)).rejects.toMatchObject(expected);
  });
});

it('ends a stream whose end was announced, even if the server leaves it open', async () => {
  // With this much patience for silence the test would run out of time.
  const { upstream } = await createClient(
    (response) => void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(frame('all', 'stop')),
    600_000,
  );
  const chunks = await Array.fromAsync(await upstream.stream(asking('A'), call));
  expect(chunks.map(({ text, isEnd }) => [text, isEnd])).toEqual([
    ['all', false],
    ['', true],
  ]);
});
