// The packaged function behind the HTTPS endpoint: whole answers, streams and refusals.
import { parseFrames } from '../servers/v1-client.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { ask, obtainAccessToken, openAiRequest, v1Request } from './gateway-requests.ts';
import type { Sandbox } from './sandbox.ts';

/** Splits a stream of the OpenAI dialect into the data of its events. */
const readEvents = (body: string): readonly string[] =>
  body
    .trimEnd()
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''));

describeInRuntime('the packaged completion function', () => {
  const origin = 'https://app.example';
  let deployment: Deployment;
  let sandbox: Sandbox;
  let accessToken: string;

  beforeAll(async () => {
    deployment = await deploy();
    sandbox = await deployment.start('completion', { ALLOWED_ORIGINS: origin });
    accessToken = await obtainAccessToken(sandbox);
  }, 60_000);

  afterAll(() => deployment.close());

  const askV1 = (body: Readonly<Record<string, unknown>>) => ask(sandbox, v1Request(accessToken, body));
  const askOpenAi = (body: Readonly<Record<string, unknown>>) => ask(sandbox, openAiRequest(body));

  it('says that it is healthy', async () => {
    expect(await ask(sandbox, { path: '/health' })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"status":"ok","upstreams":{"qianfan-v1":{"circuit":"closed"}}}',
    });
  });

  it('has obtained its access_token from the packaged token-refresh function', async () => {
    await askV1({ prompt: 'first' });
    expect(deployment.invoked('token-refresh')?.output()).toContain('"refreshed":true');
    expect(deployment.simulator.stats().tokenRequests).toBe(1);
  });

  it('answers a completion of the V1 dialect', async () => {
    const { status, headers, body } = await askV1({ prompt: 'SELECT' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({ object: 'completion', result: expect.stringMatching(/./) });
  });

  it('streams a completion of the V1 dialect, with the text of the whole answer', async () => {
    const { status, headers, body } = await askV1({ prompt: 'SELECT', stream: true });
    const frames = parseFrames(body);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(frames.map(({ is_end: isEnd }) => isEnd)).toEqual([...frames.slice(1).map(() => false), true]);
    const { result } = JSON.parse((await askV1({ prompt: 'SELECT' })).body) as { result: string };
    expect(frames.map((frame) => frame.result).join('')).toBe(result);
  });

  it('answers a completion of the OpenAI dialect', async () => {
    const { status, body } = await askOpenAi({ prompt: 'SELECT' });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ object: 'text_completion', choices: [{ finish_reason: 'stop' }] });
  });

  it('streams a completion of the OpenAI dialect, with the text of the whole answer', async () => {
    type Chunk = { readonly choices: readonly { readonly text: string }[] };
    const events = readEvents((await askOpenAi({ prompt: 'SELECT', stream: true })).body);
    expect(events.at(-1)).toBe('[DONE]');
    const text = events.slice(0, -1).map((event) => (JSON.parse(event) as Chunk).choices[0]?.text);
    const whole = JSON.parse((await askOpenAi({ prompt: 'SELECT' })).body) as Chunk;
    expect(text.join('')).toBe(whole.choices[0]?.text);
  });

  it('answers a preflight, which has no body, with its status and headers', async () => {
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
    const answer = await ask(sandbox, { ...openAiRequest({}), method: 'OPTIONS', headers });
    expect(answer).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': origin, 'access-control-allow-methods': 'GET, POST' },
      body: '',
    });
  });

  it.each([false, true])('reports an error before the first byte as V1 does, with 200 (stream: %s)', async (stream) => {
    const { status, headers, body } = await askV1({ prompt: 'x [fault error_code=336103]', stream });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({ error_code: 336103 });
  });

  it.each([false, true])('reports an error before the first byte as OpenAI does (stream: %s)', async (stream) => {
    const { status, headers, body } = await askOpenAi({ prompt: 'x [fault error_code=336501 retry_after=17]', stream });
    expect(status).toBe(429);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'retry-after': '17' });
    expect(JSON.parse(body)).toMatchObject({ error: { message: expect.stringMatching(/./) } });
  });

  it('refuses a client it does not know', async () => {
    const headers = { Authorization: 'Bearer another-secret' };
    expect(await ask(sandbox, { ...openAiRequest({ prompt: 'x' }), headers })).toMatchObject({ status: 401 });
  });

  it('counts in the table of the template what a client with limits asks for, and asks it about no other', async () => {
    const asksTable = () => deployment.aws.calls.some(({ operation }) => operation === 'UpdateItem');
    await askOpenAi({ prompt: 'x' });
    expect(asksTable()).toBe(false);

    const limited = await deployment.start('completion', { CLIENT_REQUESTS_PER_MINUTE: '2' });
    const statuses: number[] = [];
    // At most four are let through, if a new minute begins in between.
    for (let n = 0; n < 5; n += 1) statuses.push((await ask(limited, openAiRequest({ prompt: 'x' }))).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
    expect(asksTable()).toBe(true);
    expect(limited.output()).not.toContain('limits could not be asked for');
  });

  it('logs one line for each request, with neither prompt nor key', async () => {
    const linesBefore = sandbox.output().split('\n').length;
    await askOpenAi({ prompt: 'a prompt that must not be logged' });
    await ask(sandbox, { path: '/no-such-path' });
    await sandbox.printed('"status":404');
    const lines = sandbox
      .output()
      .split('\n')
      .slice(linesBefore - 1);
    const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { route?: string });
    expect(entries.filter(({ route }) => route === '/v1/completions')).toHaveLength(1);
    expect(sandbox.output()).not.toMatch(/must not be logged|demo-secret|another-secret|SELECT/);
  });
});
