// Nobody gets in who should not: every bad credential gets its documented error, and Qianfan sees none of them.
import { headerOf } from '../servers/raw-answer.ts';
import type { RawAnswer } from '../servers/raw-answer.ts';
import { openRawConnection } from '../servers/raw-connection.ts';
import type { RawConnection } from '../servers/raw-connection.ts';
import { readSimulatorCounts } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { accessTokenRows } from './bad-credentials/access-tokens.ts';
import { authorizationRows } from './bad-credentials/authorization-forms.ts';
import { kiosk, lab, shop } from './bad-credentials/calls.ts';
import type { WriteRequest } from './bad-credentials/calls.ts';
import { goodCredentials } from './bad-credentials/good-credentials.ts';
import { serviceListRows } from './bad-credentials/service-list.ts';
import { signatureRows } from './bad-credentials/signatures.ts';
import { grantRows, tokenEndpointRows } from './bad-credentials/token-endpoint.ts';

let local: LocalRun;
let connection: RawConnection;

beforeAll(async () => {
  local = await startLocalRun({ CLIENTS: JSON.stringify([shop, lab, kiosk]), LOG_LEVEL: 'debug' });
  connection = await openRawConnection(local.url);
});

afterAll(async () => {
  connection.close();
  await local.stop();
});

/** What every refusal has in common: JSON, and nothing of the credentials in it. */
async function refused(write: WriteRequest): Promise<{ answer: RawAnswer; body: unknown }> {
  const answer = await connection.exchange(write(new URL(local.url).host));
  expect(headerOf(answer, 'Content-Type')).toBe('application/json');
  const text = answer.body.toString();
  expect(text).not.toMatch(/access_token":"24\.|-secret/);
  return { answer, body: JSON.parse(text) };
}

describe('the token endpoint refuses', () => {
  it.each(tokenEndpointRows)('%s', async (_what, write, description) => {
    const { answer, body } = await refused(write);
    expect(body).toEqual({ error: 'invalid_client', error_description: description });
    expect(answer.status).toBe(401);
  });

  it.each(grantRows)('%s', async (_what, write) => {
    const { answer, body } = await refused(write);
    const description = /^grant_type must be client_credentials/;
    expect(body).toEqual({
      error: 'unsupported_grant_type',
      error_description: expect.stringMatching(description),
    });
    expect(answer.status).toBe(400);
  });
});

const modelCalls = [
  ['by access_token', accessTokenRows],
  ['by signature', signatureRows],
  ['by an Authorization of another form', authorizationRows],
] as const;

describe.each(modelCalls)('a model call %s is refused with', (_way, rows) => {
  it.each(rows)('%s', async (_what, write, errorCode, message) => {
    const { answer, body } = await refused(write);
    expect(body).toEqual({
      error_code: errorCode,
      error_msg: expect.stringMatching(message),
      id: headerOf(answer, 'X-Request-Id'),
    });
    expect(answer.status).toBe(200);
  });
});

describe('the model list is refused to', () => {
  it.each(serviceListRows)('%s', async (_what, write, status, code, message) => {
    const { answer, body } = await refused(write);
    const told = expect.stringMatching(message) as string;
    expect(body).toEqual({
      requestId: headerOf(answer, 'X-Request-Id'),
      code,
      message: told,
      error_code: 14,
      error_msg: told,
    });
    expect([headerOf(answer, 'X-Bce-Error-Code'), headerOf(answer, 'X-Bce-Error-Message')]).toEqual([code, told]);
    expect(answer.status).toBe(status);
  });
});

describe('behind all these refusals', () => {
  it('Qianfan sees not one request', async () => {
    const counts = await readSimulatorCounts(local.simulatorUrl);
    expect(counts).toMatchObject({ completionRequests: 0, tokenRequests: 0 });
  });

  it('the log names no secret and no token', () => {
    expect(local.output()).not.toMatch(/-secret|24\.[0-9a-f]{64}|[0-9a-f]{64}/);
    expect(local.output().match(/"message":"request"/g)?.length).toBeGreaterThan(180);
  });
});

describe('good credentials of the same form are accepted', () => {
  it.each(goodCredentials)('%s', async (_what, write, expected) => {
    const answer = await connection.exchange(write(new URL(local.url).host));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject(expected);
  });
});
