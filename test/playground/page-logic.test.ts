// What the page works out without a browser: bodies, requests, answers, limits, search, history.
import { readdirSync, readFileSync } from 'node:fs';
import { readAnswer } from '../../playground/call/answer.ts';
import { buildBody, isWithin, parseValue } from '../../playground/call/body.ts';
import { findGap, firstCall, kindFor, noAccess, suffixOf } from '../../playground/call/call.ts';
import { createUuid } from '../../playground/call/create-uuid.ts';
import { isIdempotencyKey, readHeaders } from '../../playground/call/headers.ts';
import {
  buildRequest,
  buildTokenRequest,
  findEndpoint,
  formatRequest,
  hideSecrets,
} from '../../playground/call/request.ts';
import { advanceRun, measureSpeed, startRun } from '../../playground/call/run.ts';
import type { Run, RunEvent } from '../../playground/call/run.ts';
import { findErrors, phrases } from '../../playground/state/find-errors.ts';
import { gatewayOf } from '../../playground/state/gateway-of.ts';
import { addToHistory } from '../../playground/state/history.ts';
import { hintsDemoClient, parsePageSettings } from '../../playground/state/page-settings.ts';
import { search } from '../../playground/state/search.ts';
import { describeLimits } from '../../playground/text/describe-limits.ts';
import { chooseLanguage } from '../../playground/text/language.ts';
import { texts } from '../../playground/text/texts.ts';
import { createCatalog } from './create-catalog.ts';

const catalog = createCatalog();
const gateway = { url: 'https://gateway.example/prod', models: catalog.models };
const { v1, openai } = catalog.parameters;

describe('the body', () => {
  it('holds what is set, as its type, and nothing else', () => {
    const values = { temperature: '0.5', top_k: ' 3 ', top_p: '', stop: 'a\n\nb\\n', include_usage: 'true' };
    const call = { ...firstCall, prompt: 'Hi', values };
    expect(buildBody(call, v1)).toEqual({ prompt: 'Hi', stream: true, temperature: 0.5, top_k: 3, stop: ['a', 'b\n'] });
    expect(buildBody({ ...call, dialect: 'openai' }, openai)).toMatchObject({
      model: 'SQLCoder-7B',
      stream_options: { include_usage: true },
    });
    expect(buildBody({ ...call, dialect: 'openai', stream: false }, openai)).not.toHaveProperty('stream_options');
  });

  it('has the suffix in the OpenAI dialect only, as it was typed', () => {
    const call = { ...firstCall, prompt: '', stream: false, values: { suffix: '\n' } };
    expect(buildBody({ ...call, dialect: 'openai' }, openai)).toEqual({
      model: 'SQLCoder-7B',
      prompt: '',
      suffix: '\n',
    });
    expect(suffixOf({ ...call, dialect: 'openai' })).toBe('\n');
    expect(buildBody(call, v1)).toEqual({ prompt: '' });
    expect(suffixOf(call)).toBe('');
    expect(buildBody({ ...call, dialect: 'openai', values: { suffix: '' } }, openai)).not.toHaveProperty('suffix');
  });

  it('leaves what is no number for the gateway to refuse', () => {
    expect(parseValue('warm', { kind: 'number' })).toBe('warm');
    expect(isWithin('warm', { kind: 'number' })).toBe(false);
  });

  it.each([
    ['temperature', ['0.01', '1', ''], ['0', '1.01', '-1', '1e999']],
    ['top_k', ['1', '40'], ['0', '1.5']],
    ['top_p', ['0', '1'], ['1.1']],
    ['penalty_score', ['1', '2'], ['0.9', '2.1']],
    ['stop', ['a\nb\nc\nd', 'x'.repeat(20), '🚀'.repeat(20)], ['a\nb\nc\nd\ne', 'x'.repeat(21)]],
  ])('knows the limits of %s before it is sent', (name, allowed, refused) => {
    const limits = v1.find((parameter) => parameter.name === name)?.limits ?? { kind: 'text' };
    expect(allowed.filter((text) => !isWithin(text, limits))).toEqual([]);
    expect(refused.filter((text) => isWithin(text, limits))).toEqual([]);
  });

  it('knows how many stops the OpenAI dialect takes, and how long they may be', () => {
    expect(openai.find(({ name }) => name === 'stop')?.limits).toEqual({
      kind: 'texts',
      maxItems: 64,
      maxCharacters: 1_024,
    });
  });

  it('has limits that both languages can say', () => {
    const [temperature, topK] = v1;
    expect(temperature && describeLimits(temperature.limits, texts.en)).toBe('a number in (0, 1]');
    expect(topK && describeLimits(topK.limits, texts.zh)).toBe('不小于 1 的整数');
  });
});

describe('the request', () => {
  const access = { ...noAccess, clientId: 'a&b', clientSecret: 's+c', accessToken: 't/t', bearerToken: 'jwt' };
  const call = { ...firstCall, prompt: 'Hi' };

  it('of V1 exchanges the keys and carries the token in its query', () => {
    expect(buildTokenRequest(gateway, call, access)?.url).toBe(
      'https://gateway.example/prod/oauth/2.0/token?grant_type=client_credentials&client_id=a%26b&client_secret=s%2Bc',
    );
    expect(buildRequest(gateway, call, access, 'x/y', v1).url).toBe(
      'https://gateway.example/prod/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?access_token=x%2Fy',
    );
  });

  it('with a token of a sign-in asks for none and carries it as Bearer, in both dialects', () => {
    const signedIn = { ...access, kind: 'bearer' } as const;
    for (const dialect of ['v1', 'openai'] as const) {
      expect(buildTokenRequest(gateway, { ...call, dialect }, signedIn)).toBeUndefined();
      const { headers, url } = buildRequest(gateway, { ...call, dialect }, signedIn, '', v1);
      expect(headers).toContainEqual(['Authorization', 'Bearer jwt']);
      expect(url).not.toContain('?');
    }
  });

  it('of OpenAI takes the secret for the key where an access_token was chosen', () => {
    expect(kindFor('openai', { ...access, kind: 'access_token' })).toBe('keys');
    const request = buildRequest(
      gateway,
      { ...call, dialect: 'openai' },
      { ...access, kind: 'access_token' },
      '',
      openai,
    );
    expect(request.headers).toContainEqual(['Authorization', 'Bearer s+c']);
  });

  it('is shown without any secret', () => {
    const requests = (['keys', 'access_token', 'bearer'] as const).flatMap((kind) =>
      (['v1', 'openai'] as const).flatMap((dialect) => {
        const chosen = { ...access, clientSecret: 'canary', accessToken: 'canary', bearerToken: 'canary', kind };
        const made = buildRequest(gateway, { ...call, dialect }, chosen, 'canary', v1);
        return [made, buildTokenRequest(gateway, { ...call, dialect }, chosen)].flatMap((each) => each ?? []);
      }),
    );
    expect(requests).toHaveLength(7);
    for (const request of requests) {
      expect(formatRequest(request)).toContain('canary');
      expect(formatRequest(hideSecrets(request))).not.toContain('canary');
    }
  });

  it('has the headers that are set, and no rescue for an answer that is no stream', () => {
    const headers = { 'X-Stream-Rescue': '2', 'Idempotency-Key': ' key ' };
    expect(readHeaders({ ...call, headers })).toEqual([
      ['X-Stream-Rescue', '2'],
      ['Idempotency-Key', 'key'],
    ]);
    expect(readHeaders({ ...call, headers, stream: false })).toEqual([['Idempotency-Key', 'key']]);
    expect(readHeaders({ ...call, headers: { 'X-Stream-Rescue': '', 'Idempotency-Key': ' ' } })).toEqual([]);
    for (const dialect of ['v1', 'openai'] as const) {
      for (const kind of ['keys', 'bearer'] as const) {
        const made = buildRequest(gateway, { ...call, dialect, headers }, { ...access, kind }, 't', v1);
        expect(made.headers).toEqual(expect.arrayContaining([...readHeaders({ ...call, headers })]));
      }
    }
  });

  it('knows which Idempotency-Key the gateway refuses', () => {
    expect(['', 'a', '~'.repeat(255)].filter((key) => !isIdempotencyKey(key))).toEqual([]);
    expect(['a b', 'ü', '~'.repeat(256)].filter(isIdempotencyKey)).toEqual([]);
  });

  it('can have a random UUID for its key', () => {
    const uuids = Array.from({ length: 50 }, createUuid);
    expect(uuids.filter((uuid) => !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(uuid))).toEqual([]);
    expect(uuids.filter((uuid) => !/^.{14}4.{4}[89ab]/.test(uuid))).toEqual([]);
    expect(new Set(uuids).size).toBe(50);
  });

  it('finds the endpoint of a preset by any case, and takes every other name as it is', () => {
    expect(findEndpoint(' codellama-7B-instruct ', catalog.models)).toBe('codellama_7b_instruct');
    expect(findEndpoint('lbwxxxd4_mine', catalog.models)).toBe('lbwxxxd4_mine');
  });

  it.each([
    ['/playground', ''],
    ['/playground/', ''],
    ['/dev/playground', '/dev'],
    ['/', ''],
  ])('goes from the page at %s to the gateway at "%s"', (pathname, base) => {
    expect(gatewayOf({ origin: 'https://g.example', pathname })).toBe(`https://g.example${base}`);
  });
});

describe('the answer', () => {
  it.each([
    ['{"error_code":18,"error_msg":"Open api qps request limit reached"}', { errorCode: 18 }],
    [
      '{"error":{"message":"No","type":"invalid_request_error","param":null,"code":"invalid_json"}}',
      { code: 'invalid_json' },
    ],
    ['{"error":"invalid_client","error_description":"unknown client id"}', { code: 'invalid_client' }],
    ['{"message":"Too Many Requests"}', { message: 'Too Many Requests' }],
  ])('is an error where it is one: %s', (text, error) => {
    expect(readAnswer(text).error).toMatchObject(error);
  });

  it('stands between prompt and suffix where it fills a gap, and with echo has the prompt itself', () => {
    const call = { ...firstCall, dialect: 'openai', prompt: 'a', values: { suffix: 'c' } } as const;
    expect(findGap(call)).toEqual({ before: 'a', after: 'c' });
    expect(findGap({ ...call, values: { suffix: 'c', echo: 'true' } })).toEqual({ before: '', after: 'c' });
    expect(findGap({ ...call, values: {} })).toBeUndefined();
    expect(findGap({ ...call, dialect: 'v1' })).toBeUndefined();
  });

  it('says nothing where it is no JSON', () => {
    expect(readAnswer('[DONE]')).toEqual({ texts: [] });
  });

  it('joins the texts of each choice, and counts from the first of them', () => {
    const run = startRun(firstCall, { method: 'POST', url: '', headers: [], body: '' }, undefined);
    const event = (data: object, afterMs: number): RunEvent => ({ kind: 'event', data: JSON.stringify(data), afterMs });
    const ended = [
      event({ choices: [{ index: 0, text: '' }] }, 50),
      event({ choices: [{ index: 1, text: 'B' }] }, 100),
      event({ choices: [{ index: 0, text: 'A' }] }, 200),
      event(
        { choices: [{ index: 1, text: 'b' }], usage: { prompt_tokens: 1, completion_tokens: 9, total_tokens: 10 } },
        300,
      ),
      { kind: 'end', afterMs: 1_100 } as const,
    ].reduce(advanceRun, run);
    expect(ended).toMatchObject({ state: 'done', texts: ['A', 'Bb'], firstTextMs: 100, endMs: 1_100 });
    expect(measureSpeed(ended)).toBe(9);
  });

  it('says why each text ended, and counts a rescue once', () => {
    const run = startRun(firstCall, { method: 'POST', url: '', headers: [], body: '' }, undefined);
    const after = (...data: readonly object[]): Run =>
      data.map((each) => ({ kind: 'event', data: JSON.stringify(each), afterMs: 1 }) as const).reduce(advanceRun, run);
    const ends = [
      { choices: [{ index: 0, text: 'a', finish_reason: null }] },
      { choices: [{ index: 0, text: '', finish_reason: 'stop' }], rescues: 2 },
      { choices: [{ index: 1, text: 'b', finish_reason: 'length' }], rescues: 1 },
    ];
    const whole = { finishReasons: ['stop', 'length'], rescues: 3 };
    expect(after(...ends)).toMatchObject({ ...whole, isUsageIncomplete: false });
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const last = { choices: [], usage, rescues: 3, usage_incomplete: true };
    expect(after(...ends, last)).toMatchObject({ ...whole, isUsageIncomplete: true });
    const frame = { result: 'a', is_end: true, usage, rescues: 1, usage_incomplete: true };
    expect(after(frame)).toMatchObject({ finishReasons: [], rescues: 1, isUsageIncomplete: true });
  });

  it('has the meanings of its number, the likeliest first, or the one of its code', () => {
    const codes = (error: { code?: string; errorCode?: number }): string[] =>
      findErrors(catalog.errors, { message: '', ...error }).map(({ code }) => code);
    expect(codes({ errorCode: 336000 })).toEqual(expect.arrayContaining(['internal_error', 'upstream_truncated']));
    expect(codes({ errorCode: 336000 })[0]).toBe('internal_error');
    expect(codes({ code: 'upstream_truncated' })).toEqual(['upstream_truncated']);
    expect(codes({ errorCode: 4242 })).toEqual([]);
  });

  it('tells errors of one number apart by what the gateway says', () => {
    const first = (errorCode: number, message: string): string | undefined =>
      findErrors(catalog.errors, { errorCode, message })[0]?.code;
    expect(first(336501, 'This client may send 2 requests a minute; the next minute begins in 9 s')).toBe(
      'client_requests_limit',
    );
    expect(first(336501, 'Rate limit reached for RPM')).toBe('rpm_limit_reached');
    expect(first(336000, 'The upstream was silent for 60 s in the middle of the stream')).toBe('upstream_idle_timeout');
    expect(first(336000, 'The upstream was silent for 60 s')).toBe('upstream_timeout');
    expect(first(336000, 'The upstream sent no text for 300 s')).toBe('upstream_timeout');
    expect(first(2, 'The upstream answered HTTP 503')).toBe('upstream_http_error');
    expect(first(336000, 'The upstream answered HTTP 418')).toBe('upstream_rejected');
    expect(first(336000, 'The upstream sent a body of more than 4194304 bytes')).toBe('upstream_answer_too_large');
  });

  it('refers to no document that the page does not have', () => {
    expect(catalog.errors.filter(({ text }) => /\.md\b/.test(`${text.en} ${text.zh}`))).toEqual([]);
  });

  it('knows no phrase that the gateway does not say, and no code that is not in the table', () => {
    const library = new URL('../../lib/', import.meta.url);
    const sources = readdirSync(library, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(new URL(path, library), 'utf8'))
      .join('\n');
    for (const [code, phrase] of phrases) {
      expect({ phrase, isSaid: sources.includes(phrase) }).toEqual({ phrase, isSaid: true });
      expect(catalog.errors.map((entry) => entry.code)).toContain(code);
    }
  });
});

describe('search', () => {
  const names = (query: string): string[] => search(query, 'en', catalog, []).map(({ name }) => name);

  it('finds by the beginning first, by words of both languages, and by number', () => {
    expect(names('star')[0]).toBe('StarCoder');
    expect(names('336100')[0]).toBe('high_load');
    expect(names('过载')[0]).toBe('high_load');
    expect(names('access token expired')).toEqual(['access_token_expired']);
    expect(names('access_token 111')).toEqual(['access_token_expired']);
    expect(names('penalty').slice(0, 1)).toEqual(['penalty_score']);
    expect(names(' ')).toEqual([]);
  });

  it('knows of which dialect a parameter is', () => {
    expect(search('max_tokens', 'en', catalog, [])[0]).toMatchObject({ kind: 'parameter', dialects: ['openai'] });
  });
});

describe('the history', () => {
  const run = (prompt: string): Run => ({
    ...startRun({ ...firstCall, prompt }, { method: 'POST', url: '', headers: [], body: '' }, undefined),
    state: 'done',
    texts: ['x'.repeat(500)],
  });

  it('has the newest first, each call once, and not too many', () => {
    const once = addToHistory(addToHistory(addToHistory([], run('a'), 1), run('b'), 2), run('a'), 3);
    expect(once.map(({ call, atMs }) => [call.prompt, atMs])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect(once[0]?.summary).toHaveLength(160);
    const many = Array.from({ length: 99 }, (_, index) => run(String(index)));
    expect(many.reduce((history, each, index) => addToHistory(history, each, index), once)).toHaveLength(30);
  });

  it('keeps no Idempotency-Key: it was for that request', () => {
    const headers = { 'X-Stream-Rescue': '1', 'Idempotency-Key': 'key' };
    const sent = { ...run('a'), call: { ...firstCall, prompt: 'a', headers } };
    const once = addToHistory([], sent, 1);
    expect(once[0]?.call.headers).toEqual({ 'X-Stream-Rescue': '1' });
    const other = { ...sent, call: { ...sent.call, headers: { ...headers, 'Idempotency-Key': 'other' } } };
    expect(addToHistory(once, other, 2)).toHaveLength(1);
    expect(addToHistory(once, run('a'), 2)).toHaveLength(2);
  });
});

describe('the client of a local run', () => {
  const local = parsePageSettings({ hasDemoClient: true });

  it.each(['http://127.0.0.1:8787', 'http://localhost:8787/dev', 'http://[::1]:8787'])('is hinted at %s', (url) => {
    expect(hintsDemoClient(local, url)).toBe(true);
    // Only where the server says that it has it.
    expect(hintsDemoClient(parsePageSettings({}), url)).toBe(false);
  });

  it.each(['https://abc.lambda-url.eu-west-1.on.aws', 'http://192.168.0.2:8787', 'https://localhost.example'])(
    'is never hinted at %s',
    (url) => expect(hintsDemoClient(local, url)).toBe(false),
  );
});

it('the language is Chinese where it is asked for first', () => {
  expect([['zh-TW', 'en'], ['zh'], ['en', 'zh'], ['de'], []].map(chooseLanguage)).toEqual([
    'zh',
    'zh',
    'en',
    'en',
    'en',
  ]);
});
