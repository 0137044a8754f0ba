import type { Simulator } from '../../../local/simulator/server.ts';
import { ask, signedHeaders, startTestSimulator } from './simulator-client.ts';
import type { Answer } from './simulator-client.ts';
import { askV2 } from './v2-client.ts';

const path = '/v1/BCE-BEARER/token';
let nowMs = Date.parse('2026-01-01T00:00:00Z');
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs });
});
afterAll(() => simulator.close());

async function requestToken(seconds?: string, secretKey?: string): Promise<Answer> {
  const query = seconds === undefined ? [] : [['expireInSeconds', seconds] as const];
  const headers = signedHeaders(simulator, path, nowMs, secretKey, { method: 'GET', query });
  const suffix = query.map(([name, value]) => `?${name}=${value}`).join('');
  return ask(`${simulator.url}${path}${suffix}`, { method: 'GET', headers });
}

const tokenOf = ({ text }: Answer): string => (JSON.parse(text) as { token: string }).token;

async function complete(token: string, prompt = 'Hi'): Promise<Answer> {
  return askV2(simulator, { headers: { Authorization: `Bearer ${token}` }, body: { model: 'm', prompt } });
}

it.each([
  [undefined, 1800],
  ['300', 300],
  ['2592000', 2_592_000],
])('issues a token for expireInSeconds %s that lives %d s', async (seconds, lifetimeSeconds) => {
  const answer = await requestToken(seconds);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toEqual({
    userId: expect.any(String) as string,
    token: expect.stringMatching(/^bce-v3\/ALTAK-[A-Za-z0-9_-]+\/[0-9a-f]+$/) as string,
    status: 'enable',
    createTime: new Date(nowMs).toISOString(),
    expireTime: new Date(nowMs + lifetimeSeconds * 1000).toISOString(),
  });
});

it('accepts the token until it expires', async () => {
  const token = tokenOf(await requestToken('300'));
  nowMs += 299_999;
  expect((await complete(token)).status).toBe(200);
  nowMs += 1;
  const answer = await complete(token);
  expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('"invalid_iam_token"')]);
});

it('accepts no token that is revoked, by the fault or all at once', async () => {
  const [first, second, third] = [await requestToken(), await requestToken(), await requestToken()].map(tokenOf);
  const revoked = await complete(first ?? '', '[fault revoke_token]');
  expect([revoked.status, (await complete(first ?? '')).status]).toEqual([401, 401]);
  expect((await complete(second ?? '')).status).toBe(200);
  expect(simulator.revokeTokens()).toBeGreaterThanOrEqual(2);
  expect([(await complete(second ?? '')).status, (await complete(third ?? '')).status]).toEqual([401, 401]);
});

it('revoke_token is refused with a permanent key', async () => {
  const answer = await askV2(simulator, { body: { model: 'm', prompt: '[fault revoke_token]' } });
  expect([answer.status, answer.text]).toEqual([
    400,
    expect.stringContaining('needs a request with a short-lived token'),
  ]);
});

it.each(['299', '2592001', '-300', '1e3', '', 'x'])('refuses expireInSeconds %j', async (seconds) => {
  const answer = await requestToken(seconds);
  expect([answer.status, answer.headers.get('X-Bce-Error-Code')]).toEqual([400, 'InvalidURI']);
  expect(JSON.parse(answer.text)).toMatchObject({ message: expect.stringContaining('expireInSeconds') as string });
});

it('refuses a wrong or missing signature as the console does', async () => {
  const wrong = await requestToken('300', 'wrong');
  expect([wrong.status, wrong.headers.get('X-Bce-Error-Code')]).toEqual([400, 'SignatureDoesNotMatch']);
  const missing = await ask(`${simulator.url}${path}`, { method: 'GET' });
  expect([missing.status, JSON.parse(missing.text)]).toEqual([403, expect.objectContaining({ code: 'AccessDenied' })]);
});

it('refuses a query that was not signed', async () => {
  const headers = signedHeaders(simulator, path, nowMs, undefined, { method: 'GET' });
  const answer = await ask(`${simulator.url}${path}?expireInSeconds=2592000`, { method: 'GET', headers });
  expect(answer.headers.get('X-Bce-Error-Code')).toBe('SignatureDoesNotMatch');
});

it('counts requests, refused ones too', async () => {
  const { bearerTokenRequests } = simulator.stats();
  await requestToken();
  await ask(`${simulator.url}${path}`, { method: 'GET' });
  expect(simulator.stats().bearerTokenRequests - bearerTokenRequests).toBe(2);
});
