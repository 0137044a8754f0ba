// One access_token for all sandboxes: read from the secret, refreshed once when Qianfan refuses it.
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionNames, secretIds } from '../../local/handler-environment.ts';
import { readSimulatorCounts, revokeSimulatorTokens } from '../servers/simulator-control.ts';
import { startLocalRun, startSandbox } from '../servers/start-local-run.ts';
import type { LocalRun, RunningProcess } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';
import type { V1Client } from '../servers/v1-client.ts';

const sandboxCount = 5;
let local: LocalRun;
let sandboxes: RunningProcess[];
let clients: V1Client[];
let secrets: SecretsManagerClient;

beforeAll(async () => {
  local = await startLocalRun();
  sandboxes = await Promise.all(Array.from({ length: sandboxCount }, () => startSandbox(local)));
  clients = await Promise.all(sandboxes.map(({ url }) => createV1Client(url)));
  secrets = new SecretsManagerClient(awsSettings());
});

afterAll(async () => {
  secrets.destroy();
  await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
  await local.stop();
});

function awsSettings() {
  return {
    endpoint: local.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

async function readTokenSecret(): Promise<{ access_token: string; expires_at: number }> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretIds.token }));
  return JSON.parse(SecretString) as { access_token: string; expires_at: number };
}

/** Sends 50 concurrent requests over all sandboxes and counts the failures. */
async function sendFifty(): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: 50 / sandboxCount }, (_, round) =>
      clients.map((client) => client.complete('starcoder', { prompt: `request ${round}` })),
    ).flat(),
  );
  return answers.filter((answer) => answer.result === undefined).length;
}

describe('50 concurrent requests in 5 sandboxes', () => {
  it('cause one token exchange when no token is stored yet', async () => {
    expect(await sendFifty()).toBe(0);
    expect((await readSimulatorCounts(local.simulatorUrl)).tokenRequests).toBe(1);
  });

  it('all succeed after the token was revoked, and cause one token exchange', async () => {
    const before = await readSimulatorCounts(local.simulatorUrl);
    await revokeSimulatorTokens(local.simulatorUrl);
    expect(await sendFifty()).toBe(0);
    const after = await readSimulatorCounts(local.simulatorUrl);
    expect(after.tokenRequests - before.tokenRequests).toBe(1);
    // Each request was refused at most once and replayed at most once.
    expect(after.completionRequests - before.completionRequests).toBeLessThanOrEqual(100);
  });

  it('cause no further exchange while the token holds', async () => {
    const before = await readSimulatorCounts(local.simulatorUrl);
    expect(await sendFifty()).toBe(0);
    const after = await readSimulatorCounts(local.simulatorUrl);
    expect(after.tokenRequests).toBe(before.tokenRequests);
    expect(after.completionRequests - before.completionRequests).toBe(50);
  });
});

describe('the token secret', () => {
  it('holds the token and its expiry in seconds, 30 days ahead', async () => {
    const token = await readTokenSecret();
    expect(token.access_token).toMatch(/^24\./);
    const daysLeft = (token.expires_at - Date.now() / 1_000) / 86_400;
    expect(daysLeft).toBeGreaterThan(29.9);
    expect(daysLeft).toBeLessThanOrEqual(30);
  });

  it('keeps its token when the keys are refused, and the caller is told in its dialect', async () => {
    const good = await readTokenSecret();
    const credentials = await secrets.send(new GetSecretValueCommand({ SecretId: secretIds.credentials }));
    const wrong = JSON.stringify({ QIANFAN_AK: 'wrong', QIANFAN_SK: 'wrong' });
    await secrets.send(new PutSecretValueCommand({ SecretId: secretIds.credentials, SecretString: wrong }));
    await revokeSimulatorTokens(local.simulatorUrl);
    const answer = await clients[0]?.complete('starcoder', { prompt: 'x' });
    expect(answer).toMatchObject({ error_code: 13, error_msg: expect.stringContaining('unknown client id') });
    expect(await readTokenSecret()).toEqual(good);

    await secrets.send(
      new PutSecretValueCommand({ SecretId: secretIds.credentials, SecretString: credentials.SecretString }),
    );
    expect(await clients[0]?.complete('starcoder', { prompt: 'x' })).toMatchObject({ object: 'completion' });
  });

  it('is written anew by the schedule', async () => {
    const before = await readTokenSecret();
    const lambda = new LambdaClient(awsSettings());
    const scheduledEvent = { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };
    const result = await lambda.send(
      new InvokeCommand({ FunctionName: functionNames.tokenRefresh, Payload: JSON.stringify(scheduledEvent) }),
    );
    lambda.destroy();
    expect(result.FunctionError).toBeUndefined();
    expect((await readTokenSecret()).access_token).not.toBe(before.access_token);
  });
});
