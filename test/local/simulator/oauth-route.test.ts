import type { Simulator } from '../../../local/simulator/server.ts';
import { ask, startTestSimulator, tokenPath } from './simulator-client.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs });
});
afterAll(() => simulator.close());

it.each([
  ['GET', undefined],
  ['POST', undefined],
  ['POST', '{}'],
  ['POST', 'null'],
  ['POST', '""'],
])('issues a token to a %s with the body %s', async (method, body) => {
  const answer = await ask(`${simulator.url}${tokenPath}`, { method, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(JSON.parse(answer.text)).toEqual({
    access_token: expect.stringMatching(/^24\.[0-9a-f]{32}\.2592000\.1769817600\.[0-9]+-[0-9]+$/) as string,
    expires_in: 2_592_000,
    refresh_token: expect.stringMatching(/^25\./) as string,
    scope: expect.any(String) as string,
    session_key: expect.any(String) as string,
    session_secret: expect.any(String) as string,
  });
});

it('takes the parameters in any order and a secret with its plus sign encoded', async () => {
  const query = 'client_secret=secret%2Bkey&client_id=api-key&grant_type=client_credentials';
  expect((await ask(`${simulator.url}/oauth/2.0/token?${query}`)).status).toBe(200);
});

it.each([
  ['unknown client id', 'client_id=nobody&client_secret=secret%2Bkey'],
  ['unknown client id', 'client_secret=secret%2Bkey'],
  ['Client authentication failed', 'client_id=api-key&client_secret=wrong'],
  ['Client authentication failed', 'client_id=api-key'],
])('answers 401 and "%s" to %s', async (description, keys) => {
  const answer = await ask(`${simulator.url}/oauth/2.0/token?grant_type=client_credentials&${keys}`);
  expect(answer.status).toBe(401);
  expect(answer.text).toBe(JSON.stringify({ error: 'invalid_client', error_description: description }));
});

it('requires the grant type', async () => {
  const answer = await ask(`${simulator.url}${tokenPath.replace('client_credentials', 'password')}`);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toHaveProperty('error', 'unsupported_grant_type');
});

it('counts requests and issued tokens', async () => {
  const before = simulator.stats();
  await ask(`${simulator.url}${tokenPath}`);
  await ask(`${simulator.url}/oauth/2.0/token`);
  const { tokenRequests, tokensIssued } = simulator.stats();
  expect(tokenRequests - before.tokenRequests).toBe(2);
  expect(tokensIssued - before.tokensIssued).toBe(1);
});
