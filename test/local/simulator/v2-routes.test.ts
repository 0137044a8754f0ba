import { completionModels } from '../../../lib/core/models.ts';
import type { Simulator } from '../../../local/simulator/server.ts';
import { apiKey, ask, startTestSimulator } from './simulator-client.ts';
import type { Answer } from './simulator-client.ts';
import { askV2 } from './v2-client.ts';

const model = 'sqlcoder_7b';
const prompt = 'Introduce the city Beijing';
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator();
});
afterAll(() => simulator.close());

describe.each(['/v2/models', '/v1/models'])('%s', (path) => {
  it('lists the eleven models by their names in lower case', async () => {
    const answer = await askV2(simulator, { path, method: 'GET', body: '' });
    const { object, data } = JSON.parse(answer.text) as { object: string; data: { id: string; object: string }[] };
    expect(object).toBe('list');
    expect(data.map(({ id }) => id)).toEqual(completionModels.map(({ name }) => name.toLowerCase()));
    expect(data[0]).toMatchObject({ object: 'model', owned_by: 'simulator' });
  });

  it('is refused without a key', async () => {
    expect((await ask(`${simulator.url}${path}`, { method: 'GET' })).status).toBe(401);
  });
});

describe('a refusal', () => {
  const refusal = (code: string, message: string) => ({
    error: { code, message, type: 'invalid_request_error' },
    id: expect.stringMatching(/^as-/) as string,
  });
  const read = ({ status, text }: Answer): [number, unknown] => [status, JSON.parse(text)];

  it.each([
    ['no key', {}],
    ['another key', { Authorization: 'Bearer nobody' }],
    ['another scheme', { Authorization: `Basic ${apiKey}` }],
    ['no scheme', { Authorization: apiKey }],
  ])('is 401 invalid_iam_token for %s, on stream requests too', async (_name, headers: Record<string, string>) => {
    for (const stream of [false, true]) {
      const body = JSON.stringify({ model, prompt, stream });
      const answer = await ask(`${simulator.url}/v2/completions`, { headers, body });
      expect(read(answer)).toEqual([401, refusal('invalid_iam_token', 'IAM Certification failed')]);
      expect(answer.headers.get('Content-Type')).toBe('application/json');
    }
  });

  it.each([
    [400, 'malformed_json', 'Invalid JSON', '{"prompt":"Hi"}]}'],
    [400, 'invalid_argument', 'temperature must be in [0, 2.0]', { model, prompt, temperature: 2.1 }],
    [400, 'invalid_model', 'model is empty', { prompt }],
    [
      400,
      'invalid_model',
      'The model does not exist or you do not have access to it.',
      { model: 'no_such_model', prompt },
    ],
    [400, 'invalid_argument', 'unknown fault eror', { model, prompt: '[fault eror]' }],
  ])('is %d %s: %s', async (status, code, message, body) => {
    expect(read(await askV2(simulator, { body }))).toEqual([status, refusal(code, message)]);
  });

  it('is characters_too_long for a body of more than 4 MiB', async () => {
    const answer = await askV2(simulator, { body: { model, prompt: 'a'.repeat(4 * 1024 * 1024) } });
    expect(answer.text).toContain('"characters_too_long"');
  });

  it.each([
    [404, 'not_found', 'POST', '/v2/embeddings'],
    [404, 'not_found', 'GET', '/v1/completions/x'],
    [405, 'method_not_supported', 'GET', '/v2/completions'],
    [405, 'method_not_supported', 'POST', '/v2/models'],
  ])('is %d %s for %s %s', async (status, code, method, path) => {
    const answer = await askV2(simulator, { method, path, body: '' });
    expect(read(answer)).toEqual([status, refusal(code, expect.any(String) as string)]);
  });
});

it('gives the X-Request-Id back, on errors too', async () => {
  const headers = { 'X-Request-Id': 'request-7' };
  const answer = await askV2(simulator, { headers, body: { model, prompt } });
  const refused = await ask(`${simulator.url}/v2/completions`, { headers });
  expect(answer.headers.get('X-Request-Id')).toBe('request-7');
  expect(refused.headers.get('X-Request-Id')).toBe('request-7');
});

it('counts its model calls apart from those of V1', async () => {
  const before = simulator.stats();
  await askV2(simulator, { body: { model, prompt } });
  await askV2(simulator, { path: '/v2/chat/completions', body: '' });
  await askV2(simulator, { path: '/v2/models', method: 'GET', body: '' });
  const after = simulator.stats();
  expect(after.openaiRequests - before.openaiRequests).toBe(2);
  expect(after.completionRequests).toBe(before.completionRequests);
});
