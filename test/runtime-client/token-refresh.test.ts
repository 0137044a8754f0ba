// The packaged function that keeps the access_token fresh: on its schedule, and when another function asks for it.
import type { ServerResponse } from 'node:http';
import { startHttpServer } from '../servers/start-http-server.ts';
import type { TestServer } from '../servers/start-http-server.ts';
import { callAws } from './aws-call.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { ask, openAiRequest } from './gateway-requests.ts';
import type { Sandbox } from './sandbox.ts';

/** What EventBridge sends for a rule with a schedule. */
const scheduledEvent = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:123456789012:rule/qianfan-serverless-dev-TokenDashrefreshEventsRuleSchedule1'],
  detail: {},
};

describeInRuntime('the packaged token-refresh function', () => {
  let deployment: Deployment;
  let sandbox: Sandbox;

  beforeAll(async () => {
    deployment = await deploy();
    sandbox = await deployment.start('token-refresh');
  }, 60_000);

  afterAll(() => deployment.close());

  const readToken = async (): Promise<{ version: unknown; token: { access_token?: string; expires_at?: number } }> => {
    const SecretId = deployment.references.get('TokenSecret');
    const { VersionId, SecretString } = await callAws(deployment.aws.url, 'secretsmanager.GetSecretValue', {
      SecretId,
    });
    return { version: VersionId, token: JSON.parse(String(SecretString)) as { access_token?: string } };
  };

  it('obtains a token on its schedule and stores it', async () => {
    const outcome = await sandbox.invoke(scheduledEvent).outcome;
    const { version, token } = await readToken();
    expect(outcome).toEqual({
      how: 'returned',
      payload: [{ refreshed: true, version, expiresAtMs: expect.any(Number) }],
    });
    expect(token).toMatchObject({ access_token: expect.stringMatching(/./) });
  });

  it('obtains another one on its schedule, while the first is still good', async () => {
    const { version } = await readToken();
    await sandbox.invoke(scheduledEvent).outcome;
    expect((await readToken()).version).not.toBe(version);
  });

  it('takes an invocation with nothing for that of the schedule', async () => {
    const { version } = await readToken();
    const outcome = await sandbox.invoke(null).outcome;
    expect(outcome).toMatchObject({ how: 'returned', payload: [{ refreshed: true }] });
    expect((await readToken()).version).not.toBe(version);
  });

  it('obtains another one when the stored one was rejected', async () => {
    const { version: rejectedVersion } = await readToken();
    const outcome = await sandbox.invoke({ token: 'access_token', rejectedVersion }).outcome;
    expect(outcome).toMatchObject({ how: 'returned', payload: [{ refreshed: true }] });
  });

  it('keeps the stored one when another was rejected', async () => {
    const { version } = await readToken();
    const outcome = await sandbox.invoke({ token: 'access_token', rejectedVersion: 'an older one' }).outcome;
    expect(outcome).toMatchObject({ how: 'returned', payload: [{ refreshed: false, version }] });
  });

  it('is asked by the packaged completion function when Qianfan rejects the token', async () => {
    const completion = await deployment.start('completion');
    const { version } = await readToken();
    deployment.simulator.revokeTokens();
    expect(await ask(completion, openAiRequest({ prompt: 'x' }))).toMatchObject({ status: 200 });
    expect((await readToken()).version).not.toBe(version);
    await deployment.invoked('token-refresh')?.printed('"refreshed":true');
  });

  it('fails without naming a key when Baidu refuses the keys', async () => {
    const SecretId = deployment.references.get('CredentialsSecret');
    const { SecretString } = await callAws(deployment.aws.url, 'secretsmanager.GetSecretValue', { SecretId });
    const keys = JSON.parse(String(SecretString)) as { QIANFAN_AK: string; QIANFAN_SK: string };
    const wrongKeys = JSON.stringify({ ...keys, QIANFAN_SK: 'wrong-secret-key' });
    await callAws(deployment.aws.url, 'secretsmanager.PutSecretValue', { SecretId, SecretString: wrongKeys });
    const before = await readToken();
    const outcome = await sandbox.invoke(scheduledEvent).outcome;
    expect(outcome).toMatchObject({ how: 'failed', error: { errorType: 'GatewayError' } });
    expect(JSON.stringify(outcome)).not.toMatch(new RegExp(`wrong-secret-key|${keys.QIANFAN_AK}`));
    await sandbox.printed('token refresh failed');
    expect(sandbox.output()).not.toMatch(
      new RegExp(`wrong-secret-key|${keys.QIANFAN_AK}|${before.token.access_token}`),
    );
    expect(await readToken()).toEqual(before);
  });

  describe('when Baidu is at fault', () => {
    let baidu: TestServer;
    let respond: (response: ServerResponse) => void;
    let faulty: Sandbox;

    beforeAll(async () => {
      baidu = await startHttpServer((_request, response) => respond(response));
      faulty = await deployment.start('token-refresh', { QIANFAN_BASE_URL: baidu.url });
      await faulty.initialised;
    }, 60_000);

    afterAll(() => baidu.close());

    const silence = (): void => undefined;
    const startBody = (response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Length': 100 }).write('{"access_token":"24.half');
    };

    it.each<[string, (response: ServerResponse) => void, number, string, RegExp]>([
      ['says nothing', silence, 3_000, 'deadline_exceeded', /reached its deadline/],
      ['has no time to say anything', silence, 900, 'deadline_exceeded', /reached its deadline/],
      ['stops in its answer', startBody, 3_000, 'deadline_exceeded', /reached its deadline/],
      [
        'breaks its answer off',
        (response) => {
          startBody(response);
          setImmediate(() => response.destroy());
        },
        30_000,
        'upstream_unreachable',
        /closed the connection/,
      ],
      [
        'answers a page of HTML',
        (response) => void response.writeHead(500).end('<html>'),
        30_000,
        'upstream_http_error',
        /HTTP 500/,
      ],
      [
        'redirects',
        (response) => void response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end(),
        30_000,
        'upstream_invalid_response',
        /HTTP 302/,
      ],
      [
        'issues a token for 30 seconds',
        (response) => void response.end('{"access_token":"24.short","expires_in":30}'),
        30_000,
        'upstream_invalid_response',
        /too soon/,
      ],
    ])(
      'keeps the stored token and says how long it lives when Baidu %s',
      async (_what, how, timeoutMs, code, message) => {
        respond = how;
        const before = await readToken();
        const printedBefore = faulty.output().length;
        const outcome = await faulty.invoke(scheduledEvent, timeoutMs).outcome;
        expect(outcome).toMatchObject({ how: 'failed', error: { errorMessage: expect.stringMatching(message) } });
        const readPrinted = () => faulty.output().slice(printedBefore);
        while (!readPrinted().includes('token refresh failed')) await new Promise((resolve) => setImmediate(resolve));
        const lines = readPrinted()
          .split('\n')
          .filter((line) => line.startsWith('{"level"'));
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
          expect.objectContaining({
            message: 'token refresh failed',
            code,
            'token.refresh_failures': 1,
            'access_token.expires_in': expect.any(Number),
          }),
        ]);
        expect(await readToken()).toEqual(before);
      },
    );
  });
});
