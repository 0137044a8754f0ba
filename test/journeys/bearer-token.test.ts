// Qianfan V2 with a short-lived bearer token: obtained with IAM keys, kept in a secret, refreshed once when refused.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { functionNames, secretIds } from '../../local/handler-environment.ts';
import { revokeSimulatorTokens } from '../servers/simulator-control.ts';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';
import type { V1Client } from '../servers/v1-client.ts';

let local: LocalRun;
let client: V1Client;

beforeAll(async () => {
  local = await startLocalRun({ UPSTREAM: 'openai', OPENAI_AUTH: 'bearer_token' });
  client = await createV1Client(local.url);
});

afterAll(async () => {
  await local.stop();
});

const awsSettings = () => ({
  endpoint: local.awsUrl,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

async function readBearerSecret(): Promise<{ access_token: string; expires_at: number }> {
  const secrets = new SecretsManagerClient(awsSettings());
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretIds.bearer }));
  secrets.destroy();
  return JSON.parse(SecretString) as { access_token: string; expires_at: number };
}

async function countBearerRequests(): Promise<number> {
  const stats = (await (await fetch(`${local.simulatorUrl}/simulator/stats`)).json()) as {
    bearerTokenRequests: number;
  };
  return stats.bearerTokenRequests;
}

/** Ten requests at once; returns how many failed. */
async function sendTen(): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.complete('starcoder', { prompt: 'x' })));
  return answers.filter((answer) => answer.result === undefined).length;
}

it('is obtained once for concurrent requests, and lives a week', async () => {
  expect(await sendTen()).toBe(0);
  expect(await countBearerRequests()).toBe(1);
  const { access_token: token, expires_at: expiresAt } = await readBearerSecret();
  expect(token).toMatch(/^bce-v3\//);
  expect(expiresAt - Date.now() / 1_000).toBeGreaterThan(6.9 * 86_400);
  expect(local.output()).not.toContain(token);
});

it('is refreshed once when it is refused, and every request succeeds', async () => {
  await revokeSimulatorTokens(local.simulatorUrl);
  expect(await sendTen()).toBe(0);
  expect(await countBearerRequests()).toBe(2);
});

it('is refreshed by the schedule, beside the access_token', async () => {
  const before = await readBearerSecret();
  const lambda = new LambdaClient(awsSettings());
  const result = await lambda.send(
    new InvokeCommand({ FunctionName: functionNames.tokenRefresh, Payload: JSON.stringify({ source: 'aws.events' }) }),
  );
  lambda.destroy();
  expect(result.FunctionError).toBeUndefined();
  expect((await readBearerSecret()).access_token).not.toBe(before.access_token);
  expect(local.output().match(/"token":"(?:access|bearer)_token","refreshed":true/g)).toHaveLength(4);
});
