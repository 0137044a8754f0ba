import type { Simulator } from '../../../local/simulator/server.ts';
import { ask, signedHeaders, startTestSimulator } from './simulator-client.ts';

const path = '/wenxinworkshop/service/list';
const nowMs = Date.parse('2026-01-01T00:00:00Z');
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs });
});
afterAll(() => simulator.close());

it.each(['{}', '{"apiTypefilter":["completions"]}'])('lists both presets for the body %s', async (body) => {
  const { url } = simulator;
  const answer = await ask(`${url}${path}`, { headers: signedHeaders(simulator, path, nowMs), body });
  expect(answer.status).toBe(200);
  const { result } = JSON.parse(answer.text) as { result: { common: { name: string; url: string }[] } };
  expect(result.common.map((service) => [service.name, service.url])).toEqual([
    ['SQLCoder-7B', `${url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b`],
    ['CodeLlama-7b-Instruct', `${url}/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/codellama_7b_instruct`],
  ]);
  expect(result.common[0]).toMatchObject({ apiType: 'completions', chargeStatus: 'OPENED' });
  expect(simulator.stats().serviceListRequests).toBeGreaterThan(0);
});

it.each([
  [403, 'AccessDenied', () => ({})],
  [400, 'InvalidHTTPAuthHeader', () => ({ Authorization: 'bce-auth-v1/x' })],
  [400, 'SignatureDoesNotMatch', () => signedHeaders(simulator, path, nowMs, 'wrong')],
  [400, 'RequestExpired', () => signedHeaders(simulator, path, nowMs - 3_600_000)],
])('refuses as the console does: %d %s', async (status, code, createHeaders) => {
  const answer = await ask(`${simulator.url}${path}`, { headers: createHeaders(), body: '{}' });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('X-Bce-Error-Code')).toBe(code);
  expect(JSON.parse(answer.text)).toHaveProperty('code', code);
});
