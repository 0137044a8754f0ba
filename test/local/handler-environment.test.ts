// The functions find the environment of a deployment, and the AWS SDK in them cannot leave this machine by accident.
import type { Environment } from '../../lib/config/faults.ts';
import { createHandlerEnvironment, createWorkerEnvironment } from '../../local/handler-environment.ts';
import { readLocalSettings } from '../../local/settings.ts';

const urls = {
  openai: 'http://127.0.0.1:3/v2',
  iam: 'http://127.0.0.1:3',
  qianfanV1: 'http://127.0.0.1:1',
  aws: 'http://127.0.0.1:2',
};
const create = (environment: Environment) =>
  createHandlerEnvironment(readLocalSettings(environment), urls, environment);

it('names what a deployment names', () => {
  const environment = create({ MODELS: '{"StarCoder":"mine"}' });
  expect(environment).toMatchObject({
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: urls.aws,
    QIANFAN_BASE_URL: urls.qianfanV1,
    QIANFAN_AUTH: 'access_token',
    MODELS: '{"StarCoder":"mine"}',
    CLIENTS_SECRET_ID: 'qianfan-serverless/local/clients',
    CREDENTIALS_SECRET_ID: 'qianfan-serverless/local/credentials',
    TOKEN_SECRET_ID: 'qianfan-serverless/local/token',
    TOKEN_REFRESH_FUNCTION: 'qianfan-serverless-local-token-refresh',
  });
  expect(environment['AWS_ACCESS_KEY_ID']).toBeTruthy();
  expect(environment['AWS_SECRET_ACCESS_KEY']).toBeTruthy();
});

it('holds no key and no client: deployed functions read them from secrets', () => {
  const secrets = {
    QIANFAN_AK: 'canary-a',
    QIANFAN_SK: 'canary-b',
    QIANFAN_ACCESS_KEY: 'canary-c',
    QIANFAN_SECRET_KEY: 'canary-d',
    CLIENTS: '[{"id":"canary-e","secret":"canary-f"}]',
  };
  const environment = create(secrets);
  expect(JSON.stringify(environment)).not.toContain('canary');
  for (const name of Object.keys(secrets)) expect(environment).toHaveProperty(name, undefined);
});

it('removes what could lead the SDK past the emulation', () => {
  const environment = create({
    AWS_PROFILE: 'work',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://real.test',
    AWS_ENDPOINT_URL_LAMBDA: 'https://real.test',
    AWS_ENDPOINT_URL_SQS: 'https://real.test',
    AWS_ENDPOINT_URL_S3: 'https://real.test',
  });
  expect(environment).toHaveProperty('AWS_PROFILE', undefined);
  expect(environment).toHaveProperty('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', undefined);
  expect(environment).toHaveProperty('AWS_ENDPOINT_URL_SECRETS_MANAGER', undefined);
  expect(environment).toHaveProperty('AWS_ENDPOINT_URL_LAMBDA', undefined);
  expect(environment).toHaveProperty('AWS_ENDPOINT_URL_SQS', undefined);
  expect(environment).toHaveProperty('AWS_ENDPOINT_URL_S3', undefined);
});

it('leaves an emulator of the user to serve everything but Lambda Invoke', () => {
  expect(create({ AWS_ENDPOINT_URL: 'http://127.0.0.1:3' })).toMatchObject({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:3',
    AWS_ENDPOINT_URL_LAMBDA: urls.aws,
  });
});

it('goes on asking a simulator that fails on request, unless it is told otherwise', () => {
  const patient = { UPSTREAM_CIRCUIT_FAILURES: '0', UPSTREAM_RETRY_BUDGET: '1000' };
  expect(create({})).toMatchObject(patient);
  expect(create({ UPSTREAM: 'qianfan-v1,openai' })).toMatchObject(patient);
  const own = { UPSTREAM_CIRCUIT_FAILURES: '3', UPSTREAM_RETRY_BUDGET: '7' };
  expect(create(own)).toMatchObject(own);
});

it.each<Environment>([
  { QIANFAN_BASE_URL: 'https://real.test', QIANFAN_AK: 'a', QIANFAN_SK: 's' },
  { UPSTREAM: 'openai', OPENAI_BASE_URL: 'https://real.test' },
  { UPSTREAM: 'qianfan-v1,openai', OPENAI_API_KEY: 'key' },
])('leaves the circuit to the functions where an upstream is real: %j', (environment) => {
  expect(create(environment)).not.toHaveProperty('UPSTREAM_CIRCUIT_FAILURES');
  expect(create(environment)).not.toHaveProperty('UPSTREAM_RETRY_BUDGET');
});

it('keeps region and credentials that are set', () => {
  const own = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
  expect(create(own)).toMatchObject(own);
});

describe('the queue worker', () => {
  const resultsUrl = `${urls.aws}/000000000000/qianfan-results`;

  it('finds its results queue and its bucket, and that it is the only sandbox', () => {
    expect(createWorkerEnvironment({ resultsUrl, bucket: 'results' })).toEqual({
      RESULTS_QUEUE_URL: resultsUrl,
      RESULTS_BUCKET: 'results',
      QUEUE_MAXIMUM_CONCURRENCY: '1',
    });
  });

  it('finds no bucket when there is none', () => {
    expect(createWorkerEnvironment({ resultsUrl, bucket: undefined })).toHaveProperty('RESULTS_BUCKET', undefined);
  });

  it('finds the pace that the user has set', () => {
    expect(create({ QUEUE_REQUESTS_PER_MINUTE: '60' })).not.toHaveProperty('QUEUE_REQUESTS_PER_MINUTE');
    expect(createWorkerEnvironment({ resultsUrl, bucket: undefined })).not.toHaveProperty('QUEUE_REQUESTS_PER_MINUTE');
  });
});
