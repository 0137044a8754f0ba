// What callers ask for and what reaches upstreams that live: nothing is dropped without a word, and charge is told.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createLivingGateway } from './living-upstreams/create-living-gateway.ts';
import { chunk, done, event, message, whole } from './living-upstreams/frames.ts';
import { dialects, forms, readAnswer } from './living-upstreams/read-answer.ts';
import { startTellingUpstream } from './living-upstreams/start-telling-upstream.ts';
import { useLivingGateways } from './living-upstreams/use-living-gateways.ts';

const { upstream, gateway } = useLivingGateways();

const ask = (fields: object, stream = false) => gateway('completions').ask({ dialect: 'openai', fields, stream });

describe('several texts with a seed', () => {
  it.each([
    [{ n: 3, seed: 7 }, [7, 8, 9]],
    [{ n: 2, seed: 0 }, [0, 1]],
    [{ n: 2, seed: -5, prompt: ['a', 'b'] }, [-5, -4, -5, -4]],
    [{ seed: 7, prompt: ['a', 'b'] }, [7, 7]],
    [{ n: 2 }, [undefined, undefined]],
  ])('%j ask with the seeds %j', async (fields, seeds) => {
    for (const stream of [true, false]) {
      upstream().tell({ body: stream ? chunk('a', 'stop') + done : whole('a') });
      await ask(fields, stream);
      expect(
        upstream()
          .asked()
          .map(({ seed }) => seed),
      ).toEqual(seeds);
    }
    upstream().tell({ body: whole('a') });
    await gateway('completions').answer('batch', fields);
    expect(
      upstream()
        .asked()
        .map(({ seed }) => seed),
    ).toEqual(seeds);
  });

  it('ask for nothing of V1 with a seed of 0', async () => {
    upstream().tell({ body: JSON.stringify({ id: 'as-1', result: 'a' }) });
    expect((await gateway('v1').ask({ dialect: 'openai', fields: { seed: 0, n: 2 } })).status).toBe(200);
    expect((await gateway('v1').ask({ dialect: 'openai', fields: { seed: 1 } })).status).toBe(400);
  });
});

it('penalty_score reaches servers under each name they have for it', async () => {
  for (const dialect of dialects) {
    upstream().tell({ body: whole('a') });
    await gateway('completions').ask({ dialect, fields: { penalty_score: 1.3 } });
    expect(upstream().asked()).toEqual([
      expect.objectContaining({ penalty_score: 1.3, repetition_penalty: 1.3, repeat_penalty: 1.3 }),
    ]);
    await gateway('completions').ask({ dialect });
    expect(Object.keys(upstream().asked()[1] ?? {}).filter((name) => name.includes('penalty'))).toEqual([]);
  }
});

describe('max_output_tokens of V1', () => {
  it('bounds the answer of either upstream', async () => {
    upstream().tell({ body: whole('a') });
    await gateway('completions').ask({ dialect: 'qianfan-v1', fields: { max_output_tokens: 5 } });
    await gateway('completions').answer('own', { max_output_tokens: 6 });
    expect(
      upstream()
        .asked()
        .map(({ max_tokens: maxTokens }) => maxTokens),
    ).toEqual([5, 6]);
    upstream().tell({ body: JSON.stringify({ id: 'as-1', result: 'a' }) });
    await gateway('v1').ask({ dialect: 'qianfan-v1', fields: { max_output_tokens: 5 } });
    await gateway('v1').answer('own', { max_output_tokens: 6 });
    expect(
      upstream()
        .asked()
        .map(({ max_output_tokens: maxTokens }) => maxTokens),
    ).toEqual([5, 6]);
  });
});

describe('system of V1', () => {
  const fields = { system: 'Be brief.' };

  it('is the first message of a chat', async () => {
    upstream().tell({ body: message({ content: 'a' }) });
    await gateway('chat').ask({ dialect: 'qianfan-v1', fields });
    await gateway('chat').answer('own', fields);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'def' },
    ];
    expect(upstream().asked()).toEqual([expect.objectContaining({ messages }), expect.objectContaining({ messages })]);
  });

  it.each(['completions', 'v1'] as const)('is refused where it has no place: %s', async (through) => {
    upstream().tell({ body: whole('a') });
    const answer = await gateway(through).ask({ dialect: 'qianfan-v1', fields });
    expect(readAnswer(answer, 'qianfan-v1')).toMatchObject({
      code: 336003,
      message: expect.stringMatching(/^system /),
    });
    expect(await gateway(through).answer('own', fields)).toMatchObject({ end: 'failed', code: 'invalid_parameter' });
    expect(upstream().asked()).toEqual([]);
    await gateway('completions').ask({ dialect: 'qianfan-v1', fields: { system: '' } });
    expect(upstream().asked()).toHaveLength(1);
  });
});

describe('X-Ignored-Parameters', () => {
  it('names what was asked for in vain, with every kind of answer', async () => {
    const fields = { store: true, keep_alive: 5, user: null, extra_parameters: {}, headers: {} };
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        upstream().tell({ body: stream ? chunk('a', 'stop') + done : whole('a') });
        const { headers } = await gateway('completions').ask({ dialect, stream, fields });
        expect(headers['X-Ignored-Parameters']).toBe('store, keep_alive');
        upstream().tell({ status: 400, body: '{"error":"bad"}' });
        const refused = await gateway('completions').ask({ dialect, stream, fields });
        expect(refused.headers['X-Ignored-Parameters']).toBe('store, keep_alive');
        const plain = await gateway('completions').ask({ dialect, stream });
        expect(plain.headers).not.toHaveProperty('X-Ignored-Parameters');
      }
    }
  });

  it('comes with an answer that is given again', async () => {
    upstream().tell({ body: whole('a') });
    for (const replayed of [undefined, 'true']) {
      const headers = { 'idempotency-key': 'ignored-1' };
      const answer = await gateway('completions').ask({ dialect: 'openai', fields: { store: true }, headers });
      expect(answer.headers).toMatchObject({ 'X-Ignored-Parameters': 'store' });
      expect(answer.headers['Idempotent-Replayed']).toBe(replayed);
    }
  });
});

describe('a base URL without its version', () => {
  const words = /base URL has no version, such as \/v1|OPENAI_BASE_URL must end in \/v1/;

  it.each<[string, number, string]>([
    ['404 of vLLM', 404, '{"detail":"Not Found"}'],
    ['404 of llama.cpp', 404, '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}'],
    ['404 of Ollama', 404, '404 page not found'],
    ["llama.cpp's own answer", 200, '{"index":0,"content":"a","tokens":[],"stop":true,"model":"m"}'],
    [
      "llama.cpp's own events",
      200,
      event({ index: 0, content: 'a', stop: false }) + event({ content: '', stop: true }),
    ],
  ])('is found out at the first answer, and said in words: %s', async (_name, status, body) => {
    const bare = createLivingGateway({ openai: upstream().url });
    for (const dialect of dialects) {
      for (const stream of [true, false]) {
        upstream().tell({ status, body });
        expect(readAnswer(await bare.ask({ dialect, stream }), dialect).message).toMatch(words);
      }
    }
  });

  it('is no matter where there is one: a 404 keeps its own words', async () => {
    upstream().tell({ status: 404, body: '{"error":{"message":"The model living does not exist","code":404}}' });
    expect(readAnswer(await ask({}), 'openai').message).toBe('The model living does not exist');
  });
});

describe('charge', () => {
  it('is told by all attempts, not by the last one', async () => {
    // The first attempt reaches the upstream, which dies with it; the next one finds nobody there.
    const dying = createServer((socket) => {
      socket.once('data', () => {
        dying.close();
        socket.resetAndDestroy();
      });
    });
    await new Promise<void>((resolve) => dying.listen(0, '127.0.0.1', resolve));
    const { port } = dying.address() as AddressInfo;
    const other = await startTellingUpstream();
    other.tell({ body: whole('from the other') });
    const both = createLivingGateway({ 'qianfan-v1': `http://127.0.0.1:${port}`, openai: `${other.url}/v1` });
    const { headers, line, text } = await both.ask({ dialect: 'openai' });
    await other.close();
    expect(text).toContain('from the other');
    expect(headers).toMatchObject({
      'X-Upstream': 'openai',
      'X-Upstream-Fallback': 'qianfan-v1 upstream_connect_failed maybe-charged',
    });
    expect(line?.fields).toMatchObject({ attempts: 3, maybe_charged_twice: true });
  });

  it('is not told where nothing was sent', async () => {
    const gone = await startTellingUpstream();
    await gone.close();
    upstream().tell({ body: whole('a') });
    const both = createLivingGateway({ 'qianfan-v1': gone.url, openai: `${upstream().url}/v1` });
    const { headers, line } = await both.ask({ dialect: 'openai' });
    expect(headers['X-Upstream-Fallback']).toBe('qianfan-v1 upstream_connect_failed');
    expect(line?.fields).toMatchObject({ maybe_charged_twice: false });
  });
});

it('an upstream that refuses inside a 200 is left for the next one, as under the status', async () => {
  for (const error of [
    { error: { code: 503, message: 'Loading model' } },
    { error_code: 18, error_msg: 'qps' },
    { code: 'rpm_rate_limit_exceeded', msg: 'm' },
  ]) {
    for (const form of forms) {
      const first = await startTellingUpstream();
      first.tell({ body: JSON.stringify(error) });
      upstream().tell({ body: JSON.stringify({ id: 'as-1', result: 'from V1' }) });
      const both = createLivingGateway({ openai: `${first.url}/v1`, 'qianfan-v1': upstream().url });
      expect((await both.ask({ dialect: 'openai' })).text).toContain('from V1');
      expect(await both.answer(form)).toMatchObject({ end: 'succeeded' });
      await first.close();
    }
  }
});
