import { GatewayError } from '../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { maxBodyBytes } from './create-v1-gateway.ts';
import { bearerOfRestricted, completionOf, createOpenAiGateway } from './create-openai-gateway.ts';
import type { OpenAiAsk } from './create-openai-gateway.ts';

const choice = (text: string, index = 0, finish_reason = 'stop') => ({ text, index, logprobs: null, finish_reason });
const errorOf = (text: string): unknown => (JSON.parse(text) as { error: unknown }).error;

describe('a completion', () => {
  it.each(['/v1/completions', '/v2/completions', '/prod/v1/completions'])('is answered at %s', async (path) => {
    const { ask, requests } = createOpenAiGateway();
    const { response, text, line } = await ask({ path, fields: { model: 'starcoder', max_tokens: 9, user: 'u' } });
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(response.headers).not.toHaveProperty('X-Upstream-Fallback');
    expect(JSON.parse(text)).toEqual({
      id: 'as-1',
      object: 'text_completion',
      created: 7,
      model: 'starcoder',
      choices: [choice('text')],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
    });
    expect(requests).toEqual([expect.objectContaining({ prompt: 'p', maxTokens: 9, userId: 'u' })]);
    expect(requests[0]?.model).toMatchObject({ name: 'StarCoder', endpoint: 'lbwxxxd4_starcoder' });
    expect(line?.fields).toMatchObject({ client_id: 'demo', model: 'StarCoder', stream: false, completion_tokens: 3 });
  });

  it('has the texts of every prompt in their order, n for each, and the sum of their usage', async () => {
    const { ask, upstream, requests } = createOpenAiGateway();
    upstream.complete = async ({ prompt }) => completionOf(`${prompt}!`);
    const { text, line } = await ask({ fields: { prompt: ['a', 'b'], n: 2 } });
    expect(JSON.parse(text)).toMatchObject({
      choices: [choice('a!', 0), choice('a!', 1), choice('b!', 2), choice('b!', 3)],
      usage: { prompt_tokens: 8, completion_tokens: 12, total_tokens: 20 },
    });
    expect(requests).toHaveLength(4);
    expect(line?.fields).toMatchObject({ prompt_tokens: 8, completion_tokens: 12 });
  });

  it('begins with its own prompt when that is asked for', async () => {
    const { ask } = createOpenAiGateway();
    const { text } = await ask({ fields: { prompt: ['a ', 'b '], echo: true } });
    expect(JSON.parse(text)).toMatchObject({ choices: [choice('a text', 0), choice('b text', 1)] });
  });

  it.each([
    ['one\n', true, 'one'],
    ['one\n', false, 'one\n'],
    ['one', true, 'one'],
  ])('%j whose stop item is left on: %j has the text %j', async (text, includesStop, expected) => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.complete = async () => completionOf(text, { includesStop });
    const answer = await ask({ fields: { stop: '\n' } });
    expect(JSON.parse(answer.text)).toMatchObject({ choices: [choice(expected)] });
  });

  it('does not take the stop item off the prompt it echoes', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.complete = async () => completionOf('', { includesStop: true });
    const { text } = await ask({ fields: { prompt: 'a\n', stop: '\n', echo: true } });
    expect(JSON.parse(text)).toMatchObject({ choices: [choice('a\n')] });
  });

  it.each([
    [{ finishReason: 'length' as const }, 'length'],
    [{ finishReason: undefined }, 'stop'],
    [{ isSafe: false }, 'content_filter'],
  ])('of %j has the finish_reason %s', async (more, finish) => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.complete = async () => completionOf('text', more);
    expect(JSON.parse((await ask()).text)).toMatchObject({ choices: [choice('text', 0, finish)] });
  });

  it('has no usage when the upstream counts none', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.complete = async () => completionOf('text', { usage: undefined });
    expect(JSON.parse((await ask()).text)).not.toHaveProperty('usage');
  });

  it('says that another upstream answered, and which may be charged', async () => {
    const { ask, upstream } = createOpenAiGateway();
    upstream.complete = async (_request, call) => {
      for (const [from, code] of [
        ['one', 'high_load'],
        ['two', 'upstream_unreachable'],
      ] as const) {
        call.observer?.onUpstream?.(from);
        const error = new GatewayError(code, 'why');
        call.observer?.onFallback?.({ from, error, mayHaveBeenCharged: from === 'two' });
      }
      call.observer?.onUpstream?.('three');
      return completionOf('text');
    };
    const { response, line } = await ask();
    expect(response.headers).toMatchObject({
      'X-Upstream': 'three',
      'X-Upstream-Fallback': 'one high_load, two upstream_unreachable maybe-charged',
    });
    expect(line?.fields).toMatchObject({
      upstream: 'three',
      fallback: 'one high_load, two upstream_unreachable',
      maybe_charged_twice: true,
    });
  });
});

describe('a refusal', () => {
  const models = '/v1/models';
  it.each<[string, OpenAiAsk, number, string, string | null]>([
    ['no key', { authorization: null }, 401, 'invalid_api_key', null],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401, 'invalid_api_key', null],
    ['an empty key', { authorization: 'Bearer ' }, 401, 'invalid_api_key', null],
    ['another scheme', { authorization: 'Basic ZGVtbzpkZW1v' }, 401, 'invalid_api_key', null],
    ['no key for the models', { method: 'GET', path: models, authorization: null }, 401, 'invalid_api_key', null],
    [
      "another client's model",
      { authorization: bearerOfRestricted, fields: { model: 'sqlcoder-7b' } },
      403,
      'access_denied',
      'model',
    ],
    ['no such model', { method: 'GET', path: `${models}/gpt-4` }, 404, 'api_name_not_found', 'model'],
    [
      "another client's model, looked at",
      { method: 'GET', path: `${models}/SQLCoder-7B`, authorization: bearerOfRestricted },
      404,
      'api_name_not_found',
      'model',
    ],
    ['a GET', { method: 'GET' }, 405, 'invalid_http_method', null],
    ['a POST to the models', { path: models }, 405, 'invalid_http_method', null],
    ['a body too large', { body: Buffer.alloc(maxBodyBytes + 1, 0x20) }, 413, 'body_too_large', null],
    ['a body that is not UTF-8', { body: Buffer.from([0xff]) }, 400, 'invalid_json', null],
    ['a body that is not JSON', { body: '{]' }, 400, 'invalid_json', null],
    ['a parameter out of range', { fields: { temperature: 2.1 } }, 400, 'invalid_parameter', 'temperature'],
    ['a parameter not supported', { fields: { n: 2, best_of: 3 } }, 400, 'invalid_parameter', 'best_of'],
  ])('of %s asks nobody', async (_name, given, status, code, param) => {
    const { ask, requests } = createOpenAiGateway();
    const { response, text, line } = await ask(given);
    expect(response).toMatchObject({ status, headers: { 'Content-Type': 'application/json' } });
    expect(errorOf(text)).toMatchObject({ code, param, type: expect.any(String), message: expect.any(String) });
    expect(line?.fields).toMatchObject({ status, code });
    expect(requests).toEqual([]);
  });

  it.each<[OpenAiAsk, string]>([
    [{ method: 'GET' }, 'POST'],
    [{ path: models }, 'GET, HEAD'],
    [{ path: `${models}/StarCoder` }, 'GET, HEAD'],
  ])('by a method that is not served says which are: %j', async (given, allow) => {
    const { response } = await createOpenAiGateway().ask(given);
    expect(response).toMatchObject({ status: 405, headers: { Allow: allow } });
  });

  it('takes a body of exactly the limit', async () => {
    const body = JSON.stringify({ model: 'StarCoder', prompt: 'p' }).padEnd(maxBodyBytes);
    expect((await createOpenAiGateway().ask({ body })).response.status).toBe(200);
  });
});

describe.each([false, true])('a failure of the upstream before the first event, stream: %j', (stream) => {
  it.each<[ErrorCode, number | undefined, number, string | undefined]>([
    ['rpm_limit_reached', undefined, 429, '1'],
    ['tpm_limit_reached', 7, 429, '7'],
    ['high_load', undefined, 503, '1'],
    ['api_name_not_found', undefined, 404, undefined],
    ['prompt_tokens_too_long', undefined, 400, undefined],
    ['upstream_auth_failed', undefined, 502, undefined],
    ['upstream_timeout', undefined, 504, undefined],
    ['internal_error', undefined, 500, undefined],
  ])('%s with Retry-After %p has the status %i and Retry-After %p', async (code, seconds, status, retryAfter) => {
    const { ask, upstream } = createOpenAiGateway();
    const fail = () => Promise.reject(new GatewayError(code, 'why', { retryAfterSeconds: seconds }));
    Object.assign(upstream, { complete: fail, stream: fail });
    const { response, text } = await ask({ fields: { stream } });
    expect(response).toMatchObject({ status, headers: { 'Content-Type': 'application/json' } });
    expect(response.headers['Retry-After']).toBe(retryAfter);
    expect(errorOf(text)).toMatchObject({ code, message: 'why' });
  });
});
