// The faults that take the place of an answer of the V2 side.
import type { Simulator } from '../../../local/simulator/server.ts';
import { complete, errorCode, startTestSimulator } from './simulator-client.ts';
import type { Answer } from './simulator-client.ts';
import { askV2, readError } from './v2-client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTestSimulator();
});
afterAll(() => simulator.close());

async function askFaulty(fault: string, body: object = {}): Promise<Answer> {
  return askV2(simulator, { body: { model: 'sqlcoder_7b', prompt: `Hi [fault ${fault}]`, ...body } });
}

it.each([
  [336002, 400, 'invalid_request_error', 'malformed_json'],
  [336003, 400, 'invalid_request_error', 'invalid_argument'],
  [336006, 400, 'invalid_request_error', 'invalid_messages'],
  [336007, 400, 'invalid_request_error', 'characters_too_long'],
  [336103, 400, 'invalid_request_error', 'tokens_too_long'],
  [336005, 400, 'invalid_request_error', 'invalid_model'],
  [6, 401, 'invalid_request_error', 'invalid_model'],
  [14, 401, 'invalid_request_error', 'invalid_iam_token'],
  [336004, 401, 'access_denied', 'no_parameter_permission'],
  [3, 404, 'invalid_request_error', 'not_found'],
  [18, 429, 'rate_limit_exceeded', 'user_rate_limit_exceeded'],
  [336501, 429, 'rate_limit_exceeded', 'rpm_rate_limit_exceeded'],
  [336502, 429, 'rate_limit_exceeded', 'tpm_rate_limit_exceeded'],
  [336000, 500, 'Internal_error', 'internal_error'],
  [999_999, 500, 'Internal_error', 'internal_error'],
  [336100, 503, 'server_overloaded', 'server_overloaded'],
])('error_code=%d answers %d %s/%s', async (code, status, type, v2Code) => {
  for (const stream of [false, true]) {
    const answer = await askFaulty(`error_code=${code}`, { stream });
    expect([answer.status, readError(answer)]).toMatchObject([status, { type, code: v2Code }]);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
  }
});

it.each([
  ['tokens_too_long', 400, 336103],
  ['invalid_model', 400, 336005],
  ['invalid_appid', 401, 14],
  ['rpm_rate_limit_exceeded', 429, 336501],
])('error=%s answers that, and on the V1 side its counterpart', async (code, status, v1Code) => {
  const answer = await askFaulty(`error=${code}`);
  expect([answer.status, readError(answer).code]).toEqual([status, code]);
  const { text } = await complete(simulator, { body: { prompt: `Hi [fault error=${code}]` } });
  expect(JSON.parse(text)).toMatchObject({ error_code: v1Code });
});

it('error and error_code together give each side its own', async () => {
  const fault = 'error=model_offline error_code=3';
  expect(readError(await askFaulty(fault)).code).toBe('model_offline');
  const { text } = await complete(simulator, { body: { prompt: `Hi [fault ${fault}]` } });
  expect(text).toContain('"error_code":3,');
});

it('http_status, retry_after and body go together as on the V1 side', async () => {
  const error = await askFaulty('http_status=418 error_code=336501 retry_after=2');
  expect([error.status, readError(error).code]).toEqual([418, 'rpm_rate_limit_exceeded']);
  expect(error.headers.get('Retry-After')).toBe('2');
  expect((await askFaulty('http_status=502 body=html')).text).toContain('<h1>Bad Gateway</h1>');
  const broken = await askFaulty('body=malformed', { stream: true });
  expect(broken.text).toBe('data: {"id":"as-simulated","object":"text_completion","choices":[{"text":"lante\n\n');
  await expect(askFaulty('reset').catch(errorCode)).resolves.toBe('ECONNRESET');
});
