import type { Simulator } from '../../../local/simulator/server.ts';
import { ask, completionsPath, fetchToken, iamClient, signedHeaders, startTestSimulator } from './simulator-client.ts';

const path = `${completionsPath}/sqlcoder_7b`;
const body = '{"prompt":"Hi"}';
let nowMs = Date.parse('2026-01-01T00:00:00Z');
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator({ now: () => nowMs, tokenLifetimeSeconds: 3600 });
});
afterAll(() => simulator.close());

function refusal(errorCode: number, message: string): string {
  return JSON.stringify({ error_code: errorCode, error_msg: message });
}

describe('an access_token', () => {
  const unknown = `24.${'0'.repeat(32)}.2592000.1769904000.1-2`;

  it('is accepted until it expires', async () => {
    const token = await fetchToken(simulator);
    expect(token).toContain('.3600.');
    nowMs += 3_599_999;
    expect((await ask(`${simulator.url}${path}?access_token=${token}`, { body })).text).toContain('"result"');
    nowMs += 1;
    const answer = await ask(`${simulator.url}${path}?access_token=${token}`, { body });
    expect([answer.status, answer.text]).toEqual([200, refusal(111, 'Access token expired')]);
  });

  it.each([
    [110, 'Access token invalid or no longer valid', ''],
    [110, 'Access token invalid or no longer valid', '?access_token='],
    [110, 'Access token invalid or no longer valid', `?access_token=${unknown}`],
    [100, 'Invalid parameter', '?access_token=demo'],
    [100, 'Invalid parameter', `?access_token=${unknown}&access_token=${unknown}`],
  ])('is refused with %d %s for %j', async (errorCode, message, query) => {
    const answer = await ask(`${simulator.url}${path}${query}`, { body });
    expect([answer.status, answer.text]).toEqual([200, refusal(errorCode, message)]);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
  });

  it('is refused with JSON on a stream request too', async () => {
    const answer = await ask(`${simulator.url}${path}`, { body: '{"prompt":"Hi","stream":true}' });
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(answer.text).toBe(refusal(110, 'Access token invalid or no longer valid'));
  });

  it('is refused once tokens have been revoked', async () => {
    const token = await fetchToken(simulator);
    expect(simulator.revokeTokens()).toBeGreaterThan(0);
    const answer = await ask(`${simulator.url}${path}?access_token=${token}`, { body });
    expect(answer.text).toBe(refusal(110, 'Access token invalid or no longer valid'));
  });
});

describe('a bce-auth-v1 signature', () => {
  it('is accepted', async () => {
    const headers = signedHeaders(simulator, path, nowMs);
    expect((await ask(`${simulator.url}${path}`, { headers, body })).text).toContain('"result"');
  });

  it.each([
    ['of a wrong secret', () => signedHeaders(simulator, path, nowMs, 'wrong')],
    ['of another path', () => signedHeaders(simulator, `${completionsPath}/codellama_7b_instruct`, nowMs)],
    ['of an hour ago', () => signedHeaders(simulator, path, nowMs - 3_600_000)],
    ['with a changed header', () => ({ ...signedHeaders(simulator, path, nowMs), 'Content-Type': 'text/plain' })],
    [
      'of an unknown access key',
      () => {
        const headers = signedHeaders(simulator, path, nowMs);
        return { ...headers, Authorization: headers.Authorization.replace(iamClient.accessKey, 'nobody') };
      },
    ],
    ['that cannot be read', () => ({ Authorization: 'bce-auth-v1/x' })],
  ])('%s is refused with 14', async (_, createHeaders) => {
    const answer = await ask(`${simulator.url}${path}`, { headers: createHeaders(), body });
    expect([answer.status, answer.text]).toEqual([200, refusal(14, 'IAM Certification failed')]);
  });

  it('counts for nothing when it is of another scheme', async () => {
    const answer = await ask(`${simulator.url}${path}`, { headers: { Authorization: 'Bearer demo' }, body });
    expect(answer.text).toBe(refusal(110, 'Access token invalid or no longer valid'));
  });
});
