import { ConfigError } from '../../../lib/config/faults.ts';
import { readCompletionConfig, readPlaygroundConfig, readTokenRefreshConfig } from '../../../lib/config/read-config.ts';
import type { CompletionConfig } from '../../../lib/config/shape.ts';

const completionEnvironment = {
  CLIENTS_SECRET_ID: 'clients',
  TOKEN_SECRET_ID: 'token',
  TOKEN_REFRESH_FUNCTION: 'refresh',
};
const refreshEnvironment = { TOKEN_SECRET_ID: 'token', CREDENTIALS_SECRET_ID: 'credentials' };

const read = (variables: Readonly<Record<string, string | undefined>>): CompletionConfig =>
  readCompletionConfig({ ...completionEnvironment, ...variables });

function faultsOf(readConfig: () => unknown): string {
  try {
    readConfig();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('The configuration was not refused');
}

describe('readCompletionConfig', () => {
  it('finds Secrets Manager where the environment says it all, and leaves it to the AWS SDK else', () => {
    const onLambda = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect(read(onLambda).aws).toMatchObject({ region: 'us-east-1' });
    expect(read({}).aws).toBeUndefined();
  });

  it('takes the defaults of the SDK page for what is not set', () => {
    expect(readCompletionConfig(completionEnvironment)).toEqual({
      upstreams: [
        {
          name: 'qianfan-v1',
          baseUrl: 'https://aip.baidubce.com',
          auth: { kind: 'access_token', tokenSecretId: 'token', refreshFunction: 'refresh' },
        },
      ],
      clientsSecretId: 'clients',
      models: {},
      retryCount: 1,
      connectTimeoutMs: 5_000,
      firstEventTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      textTimeoutMs: 300_000,
      retryBudget: 10,
      circuitFailureThreshold: 5,
      backoffFactor: 0,
      maxBodyBytes: 1_048_576,
      allowedOrigins: [],
      anonymousClientId: undefined,
      clientLimits: {},
      logLevel: 'info',
    });
  });

  it('reads every variable', () => {
    const config = readCompletionConfig({
      QIANFAN_BASE_URL: 'http://127.0.0.1:8788/prefix',
      UPSTREAM: 'openai, qianfan-v1',
      OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1',
      OPENAI_KEY_SECRET_ID: 'openai-key',
      OPENAI_STOP_ITEMS: '16',
      OPENAI_APPID: 'app-Ab12',
      QIANFAN_AUTH: 'iam',
      CREDENTIALS_SECRET_ID: 'credentials',
      CLIENTS_SECRET_ID: 'clients',
      MODELS: '{"StarCoder":"lbwxxxd4_starcoder","mine":"a-1"}',
      QIANFAN_LLM_API_RETRY_COUNT: '3',
      QIANFAN_LLM_API_RETRY_TIMEOUT: '1.5',
      UPSTREAM_CONNECT_TIMEOUT: '2.5',
      UPSTREAM_FIRST_EVENT_TIMEOUT: '30',
      UPSTREAM_RETRY_BUDGET: '20',
      UPSTREAM_CIRCUIT_FAILURES: '3',
      REQUEST_TIMEOUT: '90',
      QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: '0.25',
      MAX_BODY_BYTES: '1000',
      ALLOWED_ORIGINS: 'https://app.example, http://localhost:3000',
      ANONYMOUS_CLIENT: 'web',
      STATE_TABLE: 'state',
      CLIENT_REQUESTS_PER_MINUTE: '60',
      CLIENT_TOKENS_PER_DAY: '100000',
      LOG_LEVEL: 'debug',
    });
    expect(config).toEqual({
      upstreams: [
        {
          name: 'openai',
          baseUrl: 'http://127.0.0.1:8000/v1',
          keySecretId: 'openai-key',
          appId: 'app-Ab12',
          stopItems: 16,
        },
        {
          name: 'qianfan-v1',
          baseUrl: 'http://127.0.0.1:8788/prefix',
          auth: { kind: 'iam', credentialsSecretId: 'credentials' },
        },
      ],
      clientsSecretId: 'clients',
      models: { StarCoder: 'lbwxxxd4_starcoder', mine: 'a-1' },
      retryCount: 3,
      connectTimeoutMs: 2_500,
      firstEventTimeoutMs: 30_000,
      idleTimeoutMs: 1_500,
      textTimeoutMs: 300_000,
      retryBudget: 20,
      circuitFailureThreshold: 3,
      backoffFactor: 0.25,
      maxBodyBytes: 1_000,
      totalTimeoutMs: 90_000,
      allowedOrigins: ['https://app.example', 'http://localhost:3000'],
      anonymousClientId: 'web',
      stateTable: 'state',
      clientLimits: { requestsPerMinute: 60, tokensPerDay: 100_000 },
      logLevel: 'debug',
    });
  });

  it.each(['', '  ', undefined])('takes a variable that is %j for one that is not set', (value) => {
    const names = ['QIANFAN_BASE_URL', 'UPSTREAM', 'QIANFAN_AUTH', 'MODELS', 'LOG_LEVEL', 'MAX_BODY_BYTES'];
    const unset = read(Object.fromEntries(names.map((name) => [name, value])));
    expect(unset).toEqual(readCompletionConfig(completionEnvironment));
    expect(faultsOf(() => read({ CLIENTS_SECRET_ID: value }))).toContain('CLIENTS_SECRET_ID must be set');
  });

  it('does without the spaces around a value', () => {
    expect(read({ MAX_BODY_BYTES: ' 7\n', LOG_LEVEL: ' warn ' })).toMatchObject({ maxBodyBytes: 7, logLevel: 'warn' });
  });

  it.each([
    ['QIANFAN_LLM_API_RETRY_COUNT', ['0', '10'], ['11', '-1', '1.5', 'x', '1e1', '0x1', 'Infinity', 'NaN']],
    ['QIANFAN_LLM_API_RETRY_TIMEOUT', ['0.1', '900'], ['0', '0.0', '900.1', '-1', '1s', '.5']],
    ['UPSTREAM_CONNECT_TIMEOUT', ['0.1', '900'], ['0', '900.1', '5s']],
    ['UPSTREAM_FIRST_EVENT_TIMEOUT', ['0.1', '900'], ['0', '900.1', '5s']],
    ['UPSTREAM_IDLE_TIMEOUT', ['0.1', '900'], ['0', '900.1', '5s']],
    ['UPSTREAM_RETRY_BUDGET', ['0', '1000'], ['1001', '-1', '1.5']],
    ['UPSTREAM_CIRCUIT_FAILURES', ['0', '1000'], ['1001', '-1', '1.5']],
    ['REQUEST_TIMEOUT', ['0.1', '900'], ['0', '900.1', '5s']],
    ['QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR', ['0', '60'], ['60.1', '-0.1', '1,5']],
    ['MAX_BODY_BYTES', ['1', '10485760'], ['0', '10485761', '1.5', '1MiB']],
    ['LOG_LEVEL', ['debug', 'info', 'warn', 'error'], ['INFO', 'trace']],
    ['OPENAI_APPID', ['app-Ab12', 'x'.repeat(256)], ['app 1', '千', 'x'.repeat(257)]],
    [
      'ALLOWED_ORIGINS',
      [
        'https://app.example',
        'http://localhost:3000,https://a.example',
        'capacitor://localhost',
        'ionic://localhost',
        'tauri://localhost',
        'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
        'moz-extension://0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
        'vscode-webview://0abc1def',
        'app://obsidian.md',
        'null',
        'https://app.example, capacitor://localhost, null',
      ],
      [
        '*',
        'https://app.example/',
        'app.example',
        'https://app.example,',
        'https://APP.example',
        'https://app.example:443',
        'https://user@app.example',
        'capacitor://',
        'capacitor://localhost/',
        'capacitor://*',
        'Capacitor://localhost',
        'capacitor:localhost',
        'file://',
        'file://localhost',
        'javascript:alert(1)',
        'data:text/html,x',
        'NULL',
        'app://a b',
      ],
    ],
    [
      'UPSTREAM',
      ['qianfan-v1', 'qianfan-v1,openai', 'openai , qianfan-v1'],
      ['qianfan-v2', 'Qianfan-V1', 'openai,openai', 'openai,'],
    ],
    ['QIANFAN_AUTH', ['access_token'], ['oauth', 'IAM']],
    [
      'QIANFAN_BASE_URL',
      ['https://aip.baidubce.com', 'http://127.0.0.1:1', 'https://h/a/b'],
      ['aip.baidubce.com', 'https://h/', 'https://h?a=b', 'https://h#a', 'ftp://h', 'https://', 'https://[', 'http:h'],
    ],
    [
      'MODELS',
      ['{}', '{"a":"A_-9"}', '{"a":{"qianfan-v1":"A_-9","openai":"org/model:7b","chat":true}}'],
      [
        'x',
        'null',
        '[]',
        '"a"',
        '{"a":1}',
        '{"a":""}',
        '{"a":"b/c"}',
        '{"a":"b?c"}',
        '{"a":".."}',
        '{"a":null}',
        '{"a":{}}',
        '{"a":{"v2":"x"}}',
        '{"a":{"qianfan-v1":"b/c"}}',
      ],
    ],
  ])('takes %s within its bounds', (name, taken, refused) => {
    for (const value of taken) expect(() => read({ [name]: value })).not.toThrow();
    for (const value of refused)
      expect(faultsOf(() => read({ [name]: value }))).toMatch(new RegExp(`^ {2}${name} must be .{4,}$`, 'm'));
  });

  it('wants nothing of Qianfan V1 where that is not asked', () => {
    const config = readCompletionConfig({
      UPSTREAM: 'openai',
      CLIENTS_SECRET_ID: 'clients',
      MODELS: '{"a":"org/b:7"}',
    });
    expect(config.models).toEqual({ a: 'org/b:7' });
    expect(config.upstreams).toEqual([{ name: 'openai', baseUrl: 'https://qianfan.baidubce.com/v2', stopItems: 4 }]);
  });

  it.each(['CLIENT_REQUESTS_PER_MINUTE', 'CLIENT_TOKENS_PER_DAY'])('takes %s within its bounds', (name) => {
    const readLimit = (value: string) => read({ STATE_TABLE: 'state', [name]: value });
    for (const value of ['1', '1000000000000']) expect(() => readLimit(value)).not.toThrow();
    for (const value of ['0', '1000000000001', '1.5', '-1', 'none']) {
      expect(faultsOf(() => readLimit(value))).toContain(`${name} must be an integer from 1 to 1000000000000`);
    }
  });

  it('refuses limits that could not be counted anywhere', () => {
    const faults = faultsOf(() => read({ CLIENT_REQUESTS_PER_MINUTE: '1', CLIENT_TOKENS_PER_DAY: '1' }));
    expect(faults).toContain('CLIENT_REQUESTS_PER_MINUTE needs STATE_TABLE');
    expect(faults).toContain('CLIENT_TOKENS_PER_DAY needs STATE_TABLE');
  });

  it('refuses a bearer token that nobody refreshes', () => {
    const environment = { UPSTREAM: 'openai', CLIENTS_SECRET_ID: 'clients', BEARER_SECRET_ID: 'bearer' };
    expect(faultsOf(() => readCompletionConfig(environment))).toContain(
      'BEARER_SECRET_ID needs TOKEN_REFRESH_FUNCTION',
    );
    expect(readCompletionConfig({ ...environment, TOKEN_REFRESH_FUNCTION: 'refresh' }).upstreams).toMatchObject([
      { name: 'openai', bearer: { secretId: 'bearer', refreshFunction: 'refresh' } },
    ]);
  });

  it('refuses an anonymous client without origins', () => {
    expect(faultsOf(() => read({ ANONYMOUS_CLIENT: 'web' }))).toContain('ANONYMOUS_CLIENT needs ALLOWED_ORIGINS');
  });

  it('names every fault at once', () => {
    const message = faultsOf(() =>
      readCompletionConfig({
        QIANFAN_BASE_URL: 'h/',
        UPSTREAM: 'h',
        MODELS: 'h',
        QIANFAN_LLM_API_RETRY_COUNT: 'h',
        QIANFAN_LLM_API_RETRY_TIMEOUT: 'h',
        QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: 'h',
        MAX_BODY_BYTES: 'h',
        LOG_LEVEL: 'h',
      }),
    );
    const named = message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(' ')[0]);
    expect(named).toHaveLength(11);
    expect(new Set(named)).toEqual(
      new Set([
        'CLIENTS_SECRET_ID',
        'LOG_LEVEL',
        'MAX_BODY_BYTES',
        'MODELS',
        'QIANFAN_BASE_URL',
        'QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR',
        'QIANFAN_LLM_API_RETRY_COUNT',
        'QIANFAN_LLM_API_RETRY_TIMEOUT',
        'TOKEN_REFRESH_FUNCTION',
        'TOKEN_SECRET_ID',
        'UPSTREAM',
      ]),
    );
  });

  it('asks for the secrets of the kind of authentication that was chosen', () => {
    expect(faultsOf(() => readCompletionConfig({ CLIENTS_SECRET_ID: 'c', QIANFAN_AUTH: 'iam' }))).toMatch(
      /:\n {2}CREDENTIALS_SECRET_ID must be set$/,
    );
    expect(faultsOf(() => readCompletionConfig({ CLIENTS_SECRET_ID: 'c', QIANFAN_AUTH: 'access_token' }))).toMatch(
      /:\n {2}TOKEN_SECRET_ID must be set\n {2}TOKEN_REFRESH_FUNCTION must be set$/,
    );
  });

  it('shows no value, for it may be a secret', () => {
    const names = ['QIANFAN_BASE_URL', 'UPSTREAM', 'QIANFAN_AUTH', 'MODELS', 'LOG_LEVEL', 'MAX_BODY_BYTES'];
    const retry = ['COUNT', 'TIMEOUT', 'BACKOFF_FACTOR'].map((name) => `QIANFAN_LLM_API_RETRY_${name}`);
    const canaries = Object.fromEntries([...names, ...retry].map((name) => [name, 'canary?']));
    expect(faultsOf(() => readCompletionConfig(canaries))).not.toContain('canary');
    expect(faultsOf(() => read({ MODELS: '{"canary":"canary?","b":{"canary":1}}' }))).not.toContain('canary');
  });
});

describe('readPlaygroundConfig', () => {
  it('reads its level, and where the gateway is', () => {
    expect(readPlaygroundConfig({})).toEqual({ logLevel: 'info', gatewayUrl: undefined });
    expect(readPlaygroundConfig({ LOG_LEVEL: 'error', PLAYGROUND_GATEWAY_URL: 'https://a.example/' })).toEqual({
      logLevel: 'error',
      gatewayUrl: 'https://a.example',
    });
    expect(faultsOf(() => readPlaygroundConfig({ LOG_LEVEL: 'all' }))).toContain('LOG_LEVEL must be');
  });
});

describe('readTokenRefreshConfig', () => {
  it('reads every variable, and takes defaults', () => {
    expect(readTokenRefreshConfig(refreshEnvironment)).toEqual({
      baseUrl: 'https://aip.baidubce.com',
      iamBaseUrl: 'https://iam.bj.baidubce.com',
      bearerSecretId: undefined,
      tokenSecretId: 'token',
      credentialsSecretId: 'credentials',
      logLevel: 'info',
    });
    expect(
      readTokenRefreshConfig({ ...refreshEnvironment, QIANFAN_BASE_URL: 'http://h:1', LOG_LEVEL: 'error' }),
    ).toMatchObject({ baseUrl: 'http://h:1', logLevel: 'error' });
  });

  it('wants at least one token to refresh', () => {
    const { TOKEN_SECRET_ID, ...others } = refreshEnvironment;
    expect(faultsOf(() => readTokenRefreshConfig(others))).toContain('TOKEN_SECRET_ID or BEARER_SECRET_ID must be set');
    expect(readTokenRefreshConfig({ ...others, BEARER_SECRET_ID: TOKEN_SECRET_ID })).toMatchObject({
      tokenSecretId: undefined,
      bearerSecretId: 'token',
    });
  });

  it('names every fault at once', () => {
    expect(faultsOf(() => readTokenRefreshConfig({ LOG_LEVEL: 'x', QIANFAN_BASE_URL: 'x' }))).toMatch(
      /QIANFAN_BASE_URL must .*\n.*LOG_LEVEL must .*\n.*CREDENTIALS_SECRET_ID must /,
    );
  });
});
