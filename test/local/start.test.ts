// The local run gives the functions what a deployment gives them, before it loads them.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { startAwsEmulation } from '../../local/aws-emulation/server.ts';
import { startLocal } from '../../local/start.ts';
import type { LocalHandlers, LocalRun } from '../../local/start.ts';
import { StartupError } from '../../local/startup-error.ts';

const anyPorts = { PORT: '0', SIMULATOR_PORT: '0', AWS_PORT: '0' };

/** Functions that show what they were given: the refresh answers, the completion invokes it and passes its answer on. */
const loadHandlers = async (): Promise<LocalHandlers> => ({
  completion: awslambda.streamifyResponse(async (_event, stream, context) => {
    const FunctionName = process.env['TOKEN_REFRESH_FUNCTION'];
    const { Payload } = await new LambdaClient().send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }));
    awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
    stream.write([describe(context), Payload?.transformToString()]);
    stream.end();
  }),
  tokenRefresh: async (event: unknown, context: Context) => [describe(context), event],
  queueWorker: () => undefined,
});

function describe(context: Context): string {
  return `${context.functionName} ${Math.ceil(context.getRemainingTimeInMillis() / 1000)}`;
}

const readSecret = async (name: string) => {
  const SecretId = process.env[name];
  const { SecretString = '' } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString) as unknown;
};

let local: LocalRun | undefined;

afterEach(async () => {
  await local?.close();
  local = undefined;
});

it('serves the completion function, which reaches the token-refresh function through Lambda', async () => {
  local = await startLocal(anyPorts, loadHandlers);
  const shown = (await (await fetch(local.url)).json()) as [string, string];
  expect(shown[0]).toBe('qianfan-serverless-local-completion 300');
  expect(JSON.parse(shown[1])).toEqual(['qianfan-serverless-local-token-refresh 30', { a: 1 }]);
});

it('puts clients and keys into secrets, and leaves the token to be fetched', async () => {
  const clients = [{ id: 'a', secret: 'b' }];
  const keys = { QIANFAN_AK: 'ak', QIANFAN_SK: 'sk' };
  local = await startLocal({ ...anyPorts, ...keys, CLIENTS: JSON.stringify(clients) }, loadHandlers);
  expect(await readSecret('CLIENTS_SECRET_ID')).toEqual(clients);
  expect(await readSecret('CREDENTIALS_SECRET_ID')).toEqual(keys);
  await expect(readSecret('TOKEN_SECRET_ID')).rejects.toThrow(ResourceNotFoundException);
});

it('writes the secrets anew into an emulator that has them from an earlier run', async () => {
  const emulator = await startAwsEmulation({ port: 0, functions: new Map() });
  // An emulator may well have the port that ours has by default.
  const environment = { ...anyPorts, AWS_ENDPOINT_URL: emulator.url, AWS_PORT: new URL(emulator.url).port };
  await (await startLocal({ ...environment, QIANFAN_AK: 'old', QIANFAN_SK: 'old' }, loadHandlers)).close();
  local = await startLocal({ ...environment, QIANFAN_AK: 'new', QIANFAN_SK: 'new' }, loadHandlers);
  expect(await readSecret('CREDENTIALS_SECRET_ID')).toEqual({ QIANFAN_AK: 'new', QIANFAN_SK: 'new' });
  expect(emulator.calls.filter(({ operation }) => operation === 'PutSecretValue')).toHaveLength(3);
  // Lambda Invoke still finds our functions, which that emulator does not know.
  expect((await fetch(local.url)).status).toBe(200);
  await local.close();
  await emulator.close();
});

it('has a simulator that accepts the keys it is given', async () => {
  local = await startLocal({ ...anyPorts, QIANFAN_AK: 'ak', QIANFAN_SK: 'sk' }, loadHandlers);
  const query = 'grant_type=client_credentials&client_id=ak&client_secret=sk';
  const answer = await (await fetch(`${local.urls.qianfanV1}/oauth/2.0/token?${query}`)).json();
  expect(answer).toHaveProperty('access_token');
});

it('closes once, however often it is told to', async () => {
  local = await startLocal(anyPorts, loadHandlers);
  const closing = local.close();
  expect(local.close()).toBe(closing);
  await closing;
  await expect(fetch(local.url)).rejects.toThrow('fetch failed');
});

it('stops what it had started when the functions do not load', async () => {
  let [simulatorUrl, awsUrl] = ['', ''];
  const failing = startLocal(anyPorts, () => {
    [simulatorUrl, awsUrl] = [process.env['QIANFAN_BASE_URL'] ?? '', process.env['AWS_ENDPOINT_URL'] ?? ''];
    return Promise.reject(new Error('does not load'));
  });
  await expect(failing).rejects.toThrow('does not load');
  await expect(fetch(simulatorUrl)).rejects.toThrow('fetch failed');
  await expect(fetch(awsUrl)).rejects.toThrow('fetch failed');
});

it.each(['PORT', 'SIMULATOR_PORT', 'AWS_PORT'])('names %s when its port is in use', async (variable) => {
  local = await startLocal(anyPorts, loadHandlers);
  const { port } = new URL(local.url);
  const failing = startLocal({ ...anyPorts, [variable]: port }, loadHandlers);
  await expect(failing).rejects.toThrow(StartupError);
  await expect(failing).rejects.toThrow(`Port ${port} is in use: set ${variable} to a free port, or to 0 for any`);
});
