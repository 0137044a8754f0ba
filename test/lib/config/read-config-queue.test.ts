import { ConfigError } from '../../../lib/config/faults.ts';
import { readQueueWorkerConfig } from '../../../lib/config/read-config.ts';
import type { QueueWorkerConfig } from '../../../lib/config/shape.ts';

const environment = {
  TOKEN_SECRET_ID: 'token',
  TOKEN_REFRESH_FUNCTION: 'refresh',
  RESULTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/results',
};

const read = (variables: Readonly<Record<string, string | undefined>> = {}): QueueWorkerConfig =>
  readQueueWorkerConfig({ ...environment, ...variables });

function faultsOf(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    read(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('The configuration was not refused');
}

describe('readQueueWorkerConfig', () => {
  it('needs the queue for results, and takes defaults for the rest', () => {
    expect(read()).toEqual({
      upstreams: [
        {
          name: 'qianfan-v1',
          baseUrl: 'https://aip.baidubce.com',
          auth: { kind: 'access_token', tokenSecretId: 'token', refreshFunction: 'refresh' },
        },
      ],
      models: {},
      retryCount: 0,
      connectTimeoutMs: 5_000,
      firstEventTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      textTimeoutMs: 300_000,
      retryBudget: 0,
      circuitFailureThreshold: 0,
      backoffFactor: 0,
      logLevel: 'info',
      resultsQueueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/results',
      resultsBucket: undefined,
      stateTable: undefined,
      paceIntervalMs: 0,
      maximumConcurrency: 1,
    });
  });

  it('reads every variable', () => {
    const config = read({
      QIANFAN_BASE_URL: 'http://127.0.0.1:8788',
      UPSTREAM: 'openai,qianfan-v1',
      OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1',
      OPENAI_KEY_SECRET_ID: 'openai-key',
      QIANFAN_AUTH: 'iam',
      CREDENTIALS_SECRET_ID: 'credentials',
      MODELS: '{"StarCoder":"lbwxxxd4_starcoder"}',
      QIANFAN_LLM_API_RETRY_TIMEOUT: '1.5',
      UPSTREAM_CONNECT_TIMEOUT: '2.5',
      UPSTREAM_FIRST_EVENT_TIMEOUT: '30',
      RESULTS_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/results',
      RESULTS_BUCKET: 'results',
      STATE_TABLE: 'state',
      QUEUE_REQUESTS_PER_MINUTE: '300',
      QUEUE_MAXIMUM_CONCURRENCY: '4',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      upstreams: [
        { name: 'openai', baseUrl: 'http://127.0.0.1:8000/v1', keySecretId: 'openai-key', stopItems: 4 },
        {
          name: 'qianfan-v1',
          baseUrl: 'http://127.0.0.1:8788',
          auth: { kind: 'iam', credentialsSecretId: 'credentials' },
        },
      ],
      models: { StarCoder: 'lbwxxxd4_starcoder' },
      connectTimeoutMs: 2_500,
      firstEventTimeoutMs: 30_000,
      idleTimeoutMs: 1_500,
      textTimeoutMs: 300_000,
      resultsQueueUrl: 'http://127.0.0.1:4566/000000000000/results',
      resultsBucket: 'results',
      stateTable: 'state',
      paceIntervalMs: 800,
      maximumConcurrency: 4,
      logLevel: 'debug',
    });
  });

  it('leaves retries to the queue, whatever the completion function is told', () => {
    const retries = { QIANFAN_LLM_API_RETRY_COUNT: '5', QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: '9' };
    expect(read(retries)).toMatchObject({ retryCount: 0, backoffFactor: 0 });
  });

  it('needs no list of clients', () => {
    expect(() => read({ CLIENTS_SECRET_ID: undefined })).not.toThrow();
  });

  it.each([
    ['60', undefined, 1_000],
    ['60', '2', 2_000],
    ['6', '2', 20_000],
    ['4.5', '1', 13_333.333333333],
    ['1000000', '1', 0.06],
    [undefined, '10', 0],
    [' ', '', 0],
  ])('has %s calls a minute of %s sandboxes start %f ms apart in each', (perMinute, sandboxes, intervalMs) => {
    const config = read({ QUEUE_REQUESTS_PER_MINUTE: perMinute, QUEUE_MAXIMUM_CONCURRENCY: sandboxes });
    expect(config.paceIntervalMs).toBeCloseTo(intervalMs, 6);
  });

  it.each([
    ['RESULTS_QUEUE_URL', undefined],
    ['RESULTS_QUEUE_URL', 'results'],
    ['RESULTS_QUEUE_URL', 'arn:aws:sqs:us-east-1:000000000000:results'],
    ['RESULTS_QUEUE_URL', 'http://'],
    ['QUEUE_REQUESTS_PER_MINUTE', '0'],
    ['QUEUE_REQUESTS_PER_MINUTE', '-1'],
    ['QUEUE_REQUESTS_PER_MINUTE', '1000001'],
    ['QUEUE_REQUESTS_PER_MINUTE', 'canary'],
    ['QUEUE_MAXIMUM_CONCURRENCY', '0'],
    ['QUEUE_MAXIMUM_CONCURRENCY', '1.5'],
    ['QUEUE_MAXIMUM_CONCURRENCY', '1001'],
  ])('refuses %s=%s, and says of it what would be right', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.filter((fault) => !fault.startsWith(`${name} must be `))).toEqual([]);
    expect(faults.join()).not.toContain('canary');
  });

  it('names every fault at once', () => {
    const faults = faultsOf({
      TOKEN_SECRET_ID: '',
      RESULTS_QUEUE_URL: '',
      QUEUE_MAXIMUM_CONCURRENCY: 'x',
      MODELS: '[]',
    });
    const names = new Set(faults.map((fault) => fault.split(' ')[0]));
    expect(names).toEqual(new Set(['MODELS', 'QUEUE_MAXIMUM_CONCURRENCY', 'RESULTS_QUEUE_URL', 'TOKEN_SECRET_ID']));
    expect(faults).toHaveLength(4);
  });

  it('checks the way to authenticate like the completion function does', () => {
    expect(faultsOf({ QIANFAN_AUTH: 'iam' })).toEqual(['CREDENTIALS_SECRET_ID must be set']);
    expect(faultsOf({ BEARER_SECRET_ID: 'b', TOKEN_REFRESH_FUNCTION: undefined }).join()).toContain(
      'BEARER_SECRET_ID needs TOKEN_REFRESH_FUNCTION',
    );
    expect(read({ UPSTREAM: 'openai', TOKEN_SECRET_ID: undefined }).upstreams).toMatchObject([{ name: 'openai' }]);
  });

  it('is not told by variables of the completion function what is wrong with them', () => {
    expect(() => read({ ANONYMOUS_CLIENT: 'web' })).not.toThrow();
  });

  it.each([
    ['2.9', undefined],
    ['5.9', '2'],
  ])(
    'refuses a pace so slow that most of a batch would come back untried: %s a minute of %s',
    (perMinute, sandboxes) => {
      const variables = { QUEUE_REQUESTS_PER_MINUTE: perMinute, QUEUE_MAXIMUM_CONCURRENCY: sandboxes };
      expect(faultsOf(variables)).toEqual([
        'QUEUE_REQUESTS_PER_MINUTE must be at least three times QUEUE_MAXIMUM_CONCURRENCY',
      ]);
    },
  );
});
