// End users call the gateway with the tokens of an OpenID Connect issuer, in both dialects, through a local run.
import { startHttpServer } from '../servers/start-http-server.ts';
import type { TestServer } from '../servers/start-http-server.ts';
import { audience, startIssuer } from '../servers/start-issuer.ts';
import type { Issuer } from '../servers/start-issuer.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';

let issuer: Issuer;
let upstream: TestServer;
let run: LocalRun;

beforeAll(async () => {
  issuer = await startIssuer();
  upstream = await startHttpServer((_request, response) => {
    const choices = [{ text: 'answer', index: 0, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ id: 'a', object: 'text_completion', created: 1, model: 'm', choices, usage }));
  });
  run = await startLocalRun({
    UPSTREAM: 'openai',
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: 'upstream-key',
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: audience,
    OIDC_MODELS: 'StarCoder',
  });
});

afterAll(async () => {
  await run.stop();
  await Promise.all([issuer.close(), upstream.close()]);
});

async function post(path: string, token: string, body: object) {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  const response = await fetch(`${run.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, value: (await response.json()) as Record<string, unknown> };
}

const askOpenAi = (token: string, fields: object = {}) =>
  post('/v1/completions', token, { model: 'StarCoder', prompt: 'p', ...fields });
const askV1 = (token: string, endpoint = 'starcoder') =>
  post(`/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`, token, { prompt: 'p', user_id: 'somebody' });

describe('an end user with a token', () => {
  it('gets completions in both dialects, and is named upstream as the token names them', async () => {
    const token = await issuer.sign();
    expect(await askOpenAi(token, { user: 'somebody' })).toMatchObject({ status: 200 });
    expect(await askV1(token)).toMatchObject({ status: 200, value: { result: 'answer' } });
    const users = upstream.requests.map(({ body }) => (JSON.parse(body) as { user: unknown }).user);
    expect(users).toEqual(['user-1', 'user-1']);
  });

  it('sees and may call the models of the settings, or those of the token', async () => {
    const [byDefault, byClaim] = [await issuer.sign(), await issuer.sign({ qianfan_models: ['SQLCoder-7B'] })];
    expect(await askOpenAi(byClaim)).toMatchObject({ status: 403 });
    expect(await askV1(byDefault, 'sqlcoder_7b')).toMatchObject({ status: 200, value: { error_code: 336004 } });
    expect(await askOpenAi(byClaim, { model: 'SQLCoder-7B' })).toMatchObject({ status: 200 });
    const headers = { Authorization: `Bearer ${byDefault}` };
    const models = await fetch(`${run.url}/v1/models`, { headers });
    expect(await models.json()).toMatchObject({ data: [{ id: 'StarCoder' }] });
    expect(await post('/wenxinworkshop/service/list', byClaim, {})).toMatchObject({
      status: 200,
      value: { result: { common: [{ name: 'SQLCoder-7B' }] } },
    });
  });

  it('is held to the limits of the token', async () => {
    const token = await issuer.sign({ sub: 'limited', qianfan_requests_per_minute: 1 });
    const answers = [await askOpenAi(token), await askOpenAi(token), await askOpenAi(token)];
    // The minute may end between two of them.
    expect(answers.map(({ status }) => status)).toContain(429);
  });

  it('is refused in the words of the dialect', async () => {
    const expired = await issuer.sign({ exp: 1_000 });
    expect(await askOpenAi(expired)).toMatchObject({
      status: 401,
      value: { error: { message: 'The token has expired' } },
    });
    expect(await askV1(expired)).toMatchObject({ status: 200, value: { error_code: 111 } });
    const foreign = await issuer.sign({ aud: 'somebody' });
    expect(await askOpenAi(foreign)).toMatchObject({ status: 401 });
    expect(await askV1(foreign)).toMatchObject({ status: 200, value: { error_code: 110 } });
    expect(await post('/wenxinworkshop/service/list', foreign, {})).toMatchObject({
      status: 401,
      value: { code: 'AccessDenied', error_code: 110 },
    });
  });
});

it('clients go on with their keys, and neither tokens nor users’ texts are logged', async () => {
  const token = await issuer.sign();
  await askOpenAi(token, { prompt: 'a text of the user' });
  expect(await askOpenAi('demo-secret')).toMatchObject({ status: 200 });
  const output = run.output();
  expect(output).toContain('"client_id":"user:user-1"');
  for (const part of [...token.split('.'), 'a text of the user', 'demo-secret"']) expect(output).not.toContain(part);
});
