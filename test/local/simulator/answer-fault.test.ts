import type { Simulator } from '../../../local/simulator/server.ts';
import {
  ask,
  complete,
  completionsPath,
  errorCode,
  fetchToken,
  readFrames,
  signedHeaders,
  startTestSimulator,
} from './simulator-client.ts';
import type { Answer, Frame } from './simulator-client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator();
});
afterAll(() => simulator.close());

async function completeFaulty(fault: string, stream = false): Promise<Answer> {
  return complete(simulator, { body: { prompt: `Hi [fault ${fault}]`, stream } });
}

it('an unknown fault is refused by name', async () => {
  const answer = await completeFaulty('eror_code=1');
  expect(answer.text).toBe('{"error_code":336003,"error_msg":"unknown fault eror_code"}');
});

it('the directive is no part of the prompt', async () => {
  const plain = JSON.parse((await complete(simulator, { body: { prompt: 'Hi' } })).text) as Frame;
  const faulty = JSON.parse((await completeFaulty('frames=3')).text) as Frame;
  expect([faulty.result, faulty.usage]).toEqual([plain.result, plain.usage]);
});

it.each([true, false])('error_code answers with a documented error (stream: %s)', async (stream) => {
  const answer = await completeFaulty('error_code=336501', stream);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(JSON.parse(answer.text)).toMatchObject({ error_code: 336501, error_msg: 'Rate limit reached for RPM' });
});

it('times ends a fault after that many requests with the same prompt', async () => {
  const errors: boolean[] = [];
  for (let request = 0; request < 4; request += 1) {
    errors.push((await completeFaulty('error_code=18 times=2')).text.includes('"error_code":18'));
  }
  expect(errors).toEqual([true, true, false, false]);
});

it.each([
  ['http_status=503', 503, 'text/plain', '503 Service Unavailable\n'],
  ['http_status=500 body=empty', 500, 'application/json', ''],
  ['body=empty', 200, 'application/json', ''],
])('%s answers %d with %s', async (fault, status, contentType, text) => {
  const answer = await completeFaulty(fault);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('Content-Type')).toBe(contentType);
  expect(answer.text).toBe(text);
});

it('retry_after adds the header to the refusal', async () => {
  expect((await completeFaulty('http_status=503 retry_after=1')).headers.get('Retry-After')).toBe('1');
  expect((await completeFaulty('http_status=503')).headers.has('Retry-After')).toBe(false);
});

it('http_status goes together with error_code and with body', async () => {
  const error = await completeFaulty('http_status=429 error_code=18');
  expect([error.status, error.text]).toEqual([429, expect.stringContaining('"error_code":18')]);
  const page = await completeFaulty('http_status=502 body=html');
  expect([page.status, page.text]).toEqual([502, expect.stringContaining('<h1>Bad Gateway</h1>')]);
});

it.each([true, false])('body=html answers a page (stream: %s)', async (stream) => {
  const answer = await completeFaulty('body=html', stream);
  expect(answer.headers.get('Content-Type')).toBe('text/html');
  expect(answer.text).toMatch(/^<!doctype html>/);
});

it('body=malformed and body=empty answer what the request expects, but broken', async () => {
  const whole = await completeFaulty('body=malformed');
  expect(whole.headers.get('Content-Type')).toBe('application/json');
  expect(() => JSON.parse(whole.text) as unknown).toThrow(SyntaxError);
  const stream = await completeFaulty('body=malformed', true);
  expect(stream.headers.get('Content-Type')).toBe('text/event-stream');
  expect(() => readFrames(stream.text)).toThrow(SyntaxError);
  const empty = await completeFaulty('body=empty', true);
  expect([empty.headers.get('Content-Type'), empty.text]).toEqual(['text/event-stream', '']);
});

it.each([true, false])('reset breaks the connection without an answer (stream: %s)', async (stream) => {
  await expect(completeFaulty('reset', stream).catch(errorCode)).resolves.toBe('ECONNRESET');
});

it('first_byte_delay_ms holds back even the head', async () => {
  const controller = new AbortController();
  const body = { prompt: 'Hi [fault first_byte_delay_ms=3600000]', stream: true };
  const delayed = complete(simulator, { body, signal: controller.signal }).catch(errorCode);
  const prompt = await completeFaulty('first_byte_delay_ms=1', true);
  expect(readFrames(prompt.text).at(-1)?.is_end).toBe(true);
  controller.abort();
  await expect(delayed).resolves.toBe('ABORT_ERR');
});

describe('revoke_token', () => {
  const path = `${completionsPath}/sqlcoder_7b`;
  const body = '{"prompt":"Hi [fault revoke_token times=1]"}';

  it('revokes the token that was used, and only that', async () => {
    const [used, other] = [await fetchToken(simulator), await fetchToken(simulator)];
    const first = await ask(`${simulator.url}${path}?access_token=${used}`, { body });
    const second = await ask(`${simulator.url}${path}?access_token=${used}`, { body });
    const third = await ask(`${simulator.url}${path}?access_token=${other}`, { body });
    expect(first.text).toContain('"error_code":110');
    expect(second.text).toContain('"error_code":110');
    expect(third.text).toContain('"result"');
  });

  it('is refused when no token was used', async () => {
    const headers = signedHeaders(simulator, path, Date.now());
    const question = { headers, body: '{"prompt":"[fault revoke_token]"}' };
    const answer = await ask(`${simulator.url}${path}`, question);
    expect(answer.text).toContain('fault revoke_token needs a request with an access_token');
  });
});
