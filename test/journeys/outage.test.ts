// Upstreams that are down: they are left alone after a while, callers are told at once, and `/health` shows it.
import { startHttpServer } from '../servers/start-http-server.ts';
import type { TestServer } from '../servers/start-http-server.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';

let isOpenAiDown = false;
let v1: TestServer;
let openai: TestServer;
let local: LocalRun;

beforeAll(async () => {
  // Asked to, the gateway stays away for so long that no test is too slow to see it.
  const isDown = { 'Retry-After': '60' };
  v1 = await startHttpServer((_request, response) => response.writeHead(503, isDown).end('down'));
  openai = await startHttpServer((_request, response) => {
    const completion = '{"id":"cmpl-1","created":1,"choices":[{"text":"served","finish_reason":"stop"}]}';
    if (isOpenAiDown) response.writeHead(503, isDown).end('down');
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(completion);
  });
  local = await startLocalRun({
    UPSTREAM: 'qianfan-v1,openai',
    QIANFAN_BASE_URL: v1.url,
    QIANFAN_ACCESS_KEY: 'access-key',
    QIANFAN_SECRET_KEY: 'secret-key',
    OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'key',
    QIANFAN_LLM_API_RETRY_COUNT: '0',
    UPSTREAM_CIRCUIT_FAILURES: '3',
  });
});

afterAll(async () => {
  await local.stop();
  await Promise.all([v1.close(), openai.close()]);
});

const ask = (): Promise<Response> =>
  fetch(`${local.url}/v1/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer demo-secret' },
    body: '{"model":"sqlcoder_7b","prompt":"x"}',
  });
const readHealth = async (): Promise<unknown> => (await fetch(`${local.url}/health`)).json();
const linesOf = (message: string): string[] =>
  local
    .output()
    .split('\n')
    .filter((line) => line.includes(`"message":"${message}"`));

it('an upstream that is down is asked three times and then left alone, while the next one serves', async () => {
  expect(await readHealth()).toEqual({
    status: 'ok',
    upstreams: { 'qianfan-v1': { circuit: 'closed' }, openai: { circuit: 'closed' } },
  });
  const steps: (string | null)[] = [];
  for (let request = 0; request < 5; request += 1) {
    const answer = await ask();
    expect(await answer.text()).toContain('served');
    steps.push(answer.headers.get('x-upstream-fallback'));
  }
  const failed = 'qianfan-v1 upstream_http_error maybe-charged';
  const open = 'qianfan-v1 upstream_circuit_open';
  expect(steps).toEqual([failed, failed, failed, open, open]);
  expect(v1.requests).toHaveLength(3);
  expect(await readHealth()).toEqual({
    status: 'ok',
    upstreams: { 'qianfan-v1': { circuit: 'open' }, openai: { circuit: 'closed' } },
  });
  expect(linesOf('circuit opened').map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 'warn', upstream: 'qianfan-v1', code: 'upstream_http_error', failures: 3 }),
  ]);
});

it('callers of both dialects are told at once when the last one is left alone as well', async () => {
  isOpenAiDown = true;
  for (let request = 0; request < 3; request += 1) expect((await ask()).status).toBe(503);
  const asked = openai.requests.length;
  const answer = await ask();
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toMatch(/^[1-6][0-9]?$/);
  expect(await answer.json()).toMatchObject({ error: { code: 'upstream_circuit_open' } });
  const client = await createV1Client(local.url);
  const v1Answer = await client.post('sqlcoder_7b', { prompt: 'x', stream: true });
  expect(v1Answer.status).toBe(200);
  expect(v1Answer.headers.get('retry-after')).toMatch(/^[1-6][0-9]?$/);
  expect(await v1Answer.json()).toMatchObject({ error_code: 2, error_msg: expect.stringContaining('left alone') });
  expect(openai.requests).toHaveLength(asked);
  expect(linesOf('request').at(-1)).toContain('"code":"upstream_circuit_open"');
});
