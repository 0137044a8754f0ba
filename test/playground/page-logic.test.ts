// What the page works out without a browser: bodies, requests, answers, limits, search, history.
import { readAnswer } from '../../playground/call/answer.ts';
import { buildBody, isWithin, parseValue } from '../../playground/call/body.ts';
import { firstCall, kindFor, noAccess } from '../../playground/call/call.ts';
import {
  buildRequest,
  buildTokenRequest,
  findEndpoint,
  formatRequest,
  hideSecrets,
} from '../../playground/call/request.ts';
import { advanceRun, measureSpeed, startRun } from '../../playground/call/run.ts';
import type { Run, RunEvent } from '../../playground/call/run.ts';
import { findErrors } from '../../playground/state/find-errors.ts';
import { gatewayOf } from '../../playground/state/gateway-of.ts';
import { addToHistory } from '../../playground/state/history.ts';
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

  it('has the meanings of its number, the likeliest first, or the one of its code', () => {
    const codes = (error: { code?: string; errorCode?: number }): string[] =>
      findErrors(catalog.errors, { message: '', ...error }).map(({ code }) => code);
    expect(codes({ errorCode: 336000 })).toEqual(expect.arrayContaining(['internal_error', 'upstream_truncated']));
    expect(codes({ errorCode: 336000 })[0]).toBe('internal_error');
    expect(codes({ code: 'upstream_truncated' })).toEqual(['upstream_truncated']);
    expect(codes({ errorCode: 4242 })).toEqual([]);
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
