import type { CompletionRequest } from '../../../../lib/core/completion.ts';
import { createModelCatalog } from '../../../../lib/core/models.ts';
import { openAiChatUpstream } from '../../../../lib/dialects/openai/chat.ts';
import { openAiCompletionsUpstream } from '../../../../lib/dialects/openai/completions.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import { answer, createExchange, json, sse } from '../../../doubles/create-exchange.ts';
import type { Reply } from '../../../doubles/create-exchange.ts';

const catalog = createModelCatalog({ A: { openai: 'vendor/a' }, C: { openai: 'c', chat: true } });
const asking = (name: string): CompletionRequest => ({ model: catalog.resolve(name), prompt: 'p' });

function createOpenAiExchange(reply: Reply, codec = openAiCompletionsUpstream) {
  const exchange = createExchange({ codec });
  exchange.answerWith(reply);
  return exchange;
}

async function readStream(reply: Reply): Promise<unknown[]> {
  const { upstream, call } = createOpenAiExchange(reply);
  const chunks = await upstream.stream(asking('A'), call());
  return (await Array.fromAsync(chunks)).map(({ text, isEnd, finishReason, usage }) => [
    text,
    isEnd,
    finishReason,
    usage?.totalTokens,
  ]);
}

const page = (status: number, body = ''): Reply => answer([body], { status, contentType: 'text/html' });

const whole = { id: 'cmpl-1', created: 1, choices: [{ text: 'ok', finish_reason: 'stop' }] };
const frame = (text: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'cmpl-1', created: 1, choices: [{ text, finish_reason: finish }] })}\n\n`;
const usageFrame = 'data: {"id":"cmpl-1","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3}}\n\n';

describe('an OpenAI-compatible upstream', () => {
  it.each([
    ['A', openAiCompletionsUpstream, '/completions', { model: 'vendor/a', prompt: 'p', stream: false }],
    [
      'C',
      openAiChatUpstream,
      '/chat/completions',
      { model: 'c', messages: [{ role: 'user', content: 'p' }], stream: false },
    ],
  ])('is asked for the model %s in its own operation', async (name, codec, path, body) => {
    const { upstream, call, requests } = createOpenAiExchange(json(whole), codec);
    await expect(upstream.complete(asking(name), call())).resolves.toMatchObject({ text: 'ok', finishReason: 'stop' });
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { 'Content-Type': 'application/json' } });
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
    await expect(readStream(sse(text))).resolves.toEqual([
      ['a', false, undefined, undefined],
      ['b', false, undefined, undefined],
      ['', true, 'stop', 5],
    ]);
  });

  it('ends a stream whose connection breaks after its finish_reason', async () => {
    await expect(readStream(sse(frame('a', 'stop'), new Error('reset')))).resolves.toEqual([
      ['a', false, undefined, undefined],
      ['', true, 'stop', undefined],
    ]);
  });

  it('ends a stream of continuous usage once, with the last count', async () => {
    const counted = (text: string, count: number, finish: string | null) =>
      frame(text, finish).replace('"id"', `"usage":{"prompt_tokens":1,"completion_tokens":${count}},"id"`);
    const text = `${counted('a', 1, null)}${counted('b', 2, 'stop')}${usageFrame}data: [DONE]\n\n`;
    await expect(readStream(sse(text))).resolves.toEqual([
      ['a', false, undefined, 2],
      ['b', false, undefined, 3],
      ['', true, 'stop', 5],
    ]);
  });

  it('makes one chunk of a whole answer to a stream request', async () => {
    await expect(readStream(json(whole))).resolves.toEqual([['ok', true, 'stop', undefined]]);
  });

  it.each<[string, Reply, string]>([
    ['a stream cut off', sse(frame('a')), 'upstream_truncated'],
    ['an error event', sse(`${frame('a')}data: {"error":{"message":"died"}}\n\n`), 'internal_error'],
    ['an error event at first', sse('data: {"error":{"code":"server_overloaded"}}\n\n'), 'high_load'],
    [
      'an error instead of a stream',
      json({ error: { code: 'tokens_too_long' } }, { status: 400 }),
      'prompt_tokens_too_long',
    ],
    ['nothing but [DONE]', sse('data: [DONE]\n\n'), 'upstream_truncated'],
    ['nothing', sse(''), 'upstream_truncated'],
  ])('fails on %s', async (_name, reply, code) => {
    await expect(readStream(reply)).rejects.toMatchObject({ code });
  });

  it.each<[string, Reply, object]>([
    ['a page', page(502, '<p>secret</p>'), { code: 'upstream_http_error', errorCode: 336000 }],
    ['a 404 without a body', page(404), { code: 'api_name_not_found', errorCode: 336005 }],
    ['a 410 without a body', page(410), { code: 'unsupported_method', errorCode: 3 }],
    [
      'a 429 with Retry-After',
      json({ error: { code: 'tpm_rate_limit_exceeded', message: 'slow' } }, { status: 429, retryAfterSeconds: 7 }),
      { code: 'tpm_limit_reached', errorCode: 336502, retryAfterSeconds: 7, message: 'slow' },
    ],
    [
      'a 401 with Retry-After',
      json({ error: { code: 'invalid_iam_token', message: 'no' } }, { status: 401, retryAfterSeconds: 7 }),
      { code: 'upstream_auth_failed', errorCode: 14, retryAfterSeconds: 7 },
    ],
  ])('fails with the right code for %s', async (_name, reply, expected) => {
    const { upstream, call } = createOpenAiExchange(reply);
    await expect(upstream.complete(asking('A'), call())).rejects.toMatchObject(expected);
  });
});

it('ends a stream whose end was announced, even if the server leaves it open', async () => {
  const clock = createFakeClock();
  const { upstream, call, answerWith } = createExchange({ codec: openAiCompletionsUpstream, clock });
  answerWith(answer([frame('all', 'stop'), 1_000, ': the stream is open still\n\n'], { clock }));
  const chunks = await Array.fromAsync(await upstream.stream(asking('A'), call()));
  expect(chunks.map(({ text, isEnd }) => [text, isEnd])).toEqual([
    ['all', false],
    ['', true],
  ]);
});

describe('a stream for a request that asked for none', () => {
  it('is put together', async () => {
    const { upstream, call } = createOpenAiExchange(
      sse(frame('a'), frame('b', 'length'), usageFrame, 'data: [DONE]\n\n'),
    );
    const completion = await upstream.complete(asking('A'), call());
    expect(completion).toMatchObject({
      id: 'cmpl-1',
      createdSeconds: 1,
      text: 'ab',
      finishReason: 'length',
      usage: { promptTokens: 2, completionTokens: 3, totalTokens: 5 },
    });
    expect(completion).not.toHaveProperty('isEnd');
  });

  it.each([
    ['breaks off', [frame('a')]],
    ['ends in a way that is not known to be good', [frame('a'), frame('', 'abort'), 'data: [DONE]\n\n']],
    ['breaks with its connection', [frame('a'), new Error('reset')]],
  ])('is no answer when it %s', async (_name, steps) => {
    const { upstream, call } = createOpenAiExchange(sse(...steps));
    await expect(upstream.complete(asking('A'), call())).rejects.toMatchObject({
      code: 'upstream_truncated',
      mayBeCharged: true,
    });
  });
});

describe('an error inside a 200', () => {
  it.each<[string, object, object]>([
    [
      'a full context',
      { error: { code: 400, message: 'the request exceeds the available context size' } },
      { code: 'prompt_tokens_too_long', retryable: false },
    ],
    [
      'a model that is being loaded',
      { error: { code: 503, message: 'Loading model' } },
      { code: 'high_load', retryable: true },
    ],
    [
      'a limit',
      { error: { code: 429, message: 'Rate limit exceeded' } },
      { code: 'rpm_limit_reached', retryable: true },
    ],
    ['a limit as text', { error: { code: '429', message: 'Rate limit exceeded' } }, { code: 'rpm_limit_reached' }],
    ['a number of Qianfan', { error_code: 18, error_msg: 'qps' }, { code: 'qps_limit_reached' }],
    ['a name of V2', { code: 'server_overloaded', message: 'busy' }, { code: 'high_load' }],
  ])('means what the status would, whole and streamed: %s', async (_name, body, expected) => {
    const event = `data: ${JSON.stringify(body)}\n\n`;
    for (const reply of [json(body), sse(event, 'data: [DONE]\n\n')]) {
      const { upstream, call } = createOpenAiExchange(reply);
      await expect(upstream.complete(asking('A'), call())).rejects.toMatchObject(expected);
      await expect(upstream.stream(asking('A'), call())).rejects.toMatchObject(expected);
    }
  });
});
