// The check before a deployment, against a stand-in for the AWS account.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { checkDeployment, checkNode } from '../../scripts/deploy-check.ts';
import type { DeploymentCheck } from '../../scripts/deploy-check.ts';
import type { Finding } from '../../scripts/deploy/finding.ts';
import { resolveService } from '../../scripts/deploy/resolve-service.ts';
import { startHttpServer } from '../support/start-http-server.ts';
import type { TestServer } from '../support/start-http-server.ts';

type Environment = Readonly<Record<string, string>>;

/** What AWS says of the account. */
interface Account {
  /** Undefined: AWS does not accept the credentials. */
  limits?: { readonly ConcurrentExecutions: number; readonly UnreservedConcurrentExecutions: number };
  /** What token-refresh has reserved; undefined: it is not deployed. */
  reserved?: number;
  /** The stages of the versions of each secret; a secret that is not here does not exist. */
  secrets: Readonly<Record<string, readonly string[]>>;
}

const script = fileURLToPath(new URL('../../scripts/deploy-check.ts', import.meta.url));
const usual = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 };
const newAccount = { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 };
const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example-secret-access-key' };

let account: Account;
let aws: TestServer;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'qianfan-serverless-deploy-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), '[profile work]\nregion = ap-southeast-1\n');
  writeFileSync(
    join(home, '.aws', 'credentials'),
    '[work]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example-secret-access-key\n',
  );
  aws = await startHttpServer(({ url, body }, response) => {
    const answer = (status: number, value: object, error?: string): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...(error && { 'x-amzn-errortype': error }) });
      response.end(JSON.stringify(value));
    };
    const { limits, reserved, secrets } = account;
    if (limits === undefined) return answer(403, { message: 'no' }, 'UnrecognizedClientException');
    if (url.pathname.includes('account-settings')) return answer(200, { AccountLimit: limits });
    if (url.pathname.endsWith('/concurrency')) {
      return reserved === undefined || !url.pathname.includes('-token-refresh')
        ? answer(404, {}, 'ResourceNotFoundException')
        : answer(200, { ReservedConcurrentExecutions: reserved });
    }
    const { SecretId } = JSON.parse(body) as { readonly SecretId: string };
    const stages = secrets[SecretId];
    if (stages === undefined) return answer(400, {}, 'ResourceNotFoundException');
    return answer(200, { VersionIdsToStages: Object.fromEntries(stages.map((stage) => [stage, [stage]])) });
  });
});

beforeEach(() => {
  account = { limits: usual, secrets: {} };
});

afterAll(async () => {
  await aws.close();
  rmSync(home, { recursive: true, force: true });
});

/** Asks Serverless once for each set of arguments: it takes a second. */
const resolved = new Map<string, ReturnType<typeof resolveService>>();
const resolveOnce: typeof resolveService = (deployArguments) => {
  const key = JSON.stringify([deployArguments.stage, deployArguments.parameters]);
  const promise = resolved.get(key) ?? resolveService(deployArguments);
  resolved.set(key, promise);
  return promise;
};

async function check(
  parameters: readonly string[],
  environment: Environment = { AWS_REGION: 'eu-west-1', ...keys },
): Promise<DeploymentCheck & { readonly out: string }> {
  const before = process.env;
  process.env = { ...settings(), ...environment };
  try {
    const result = await checkDeployment(parameters, resolveOnce);
    return { ...result, out: [...result.findings.map((finding) => finding.text), ...result.nextSteps].join('\n') };
  } finally {
    process.env = before;
  }
}

/** No settings of this machine are found: neither files at home nor a metadata service. */
function settings(): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    SLS_SCHEMA_CACHE_BASE_DIR: home,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_LAMBDA: aws.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
  };
}

async function runScript(parameters: readonly string[], environment: Environment) {
  const child = spawn(process.execPath, [script, ...parameters], {
    env: { ...settings(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, out, error };
}

function textsOf({ findings }: DeploymentCheck, wanted: Finding['kind']): readonly string[] {
  return findings.flatMap(({ kind, text: line }) => (kind === wanted ? [line] : []));
}

describe('the check before a deployment', () => {
  it('finds nothing missing, and lists every step of a first deployment', async () => {
    const result = await check(['--stage', 'prod']);
    expect(textsOf(result, 'missing')).toEqual([]);
    expect(textsOf(result, 'ok')).toEqual([
      expect.stringMatching(/^Node\.js 24\./),
      'region eu-west-1',
      'AWS credentials',
      'settings of the functions',
      'concurrency: 1000, of which 1000 are not reserved',
    ]);
    expect(result.nextSteps).toEqual([
      'Put the keys of the Baidu account into their secret: write {"QIANFAN_AK":"…","QIANFAN_SK":"…"} to keys.json, then\n' +
        'aws secretsmanager put-secret-value --region eu-west-1 --secret-id qianfan-serverless/prod/credentials --secret-string file://keys.json\n' +
        'and remove keys.json.',
      'Have the first token obtained:\nnpx serverless invoke --function token-refresh --stage prod --region eu-west-1',
      'Create a client; its secret is shown once:\nAWS_REGION=eu-west-1 npm run keys -- create <id> --stage prod',
      'Try it, with the address that the deployment prints:\nnpm run smoke -- <address> <id>:<secret>',
    ]);
  });

  it('leaves out the steps that are done', async () => {
    account.secrets = {
      'qianfan-serverless/dev/credentials': ['AWSCURRENT'],
      'qianfan-serverless/dev/clients': ['AWSCURRENT', 'AWSPREVIOUS'],
    };
    expect((await check([])).nextSteps).toEqual([expect.stringMatching(/^Try it/)]);
  });

  it('sees that the list of clients is still the first, and that a secret has no value', async () => {
    account.secrets = { 'qianfan-serverless/dev/credentials': [], 'qianfan-serverless/dev/clients': ['AWSCURRENT'] };
    expect((await check([])).out).toMatch(/put-secret-value[^]*npm run keys/);
  });

  it('asks for the keys that the parameters call for', async () => {
    const { out } = await check(['--param=qianfanAuth=none', '--param', 'upstream=openai', '--param=openaiKey=bearer']);
    expect(out).toContain('{"QIANFAN_ACCESS_KEY":"…","QIANFAN_SECRET_KEY":"…"}');
    expect(out).toContain('--function token-refresh');
    const withKey = await check(['--param=qianfanAuth=none', '--param=upstream=openai', '--param=openaiKey=secret']);
    expect(withKey.out).toContain('{"OPENAI_API_KEY":"…"}');
    expect(withKey.out).not.toMatch(/QIANFAN_|token-refresh/);
  });

  it('says that region and credentials are missing, and asks AWS nothing', async () => {
    const before = aws.requests.length;
    expect(textsOf(await check([], {}), 'missing')).toEqual([
      expect.stringMatching(/^There is no AWS region: add --region/),
      expect.stringMatching(/^There are no AWS credentials .*AWS_ACCESS_KEY_ID.*aws sso login/),
    ]);
    expect(aws.requests).toHaveLength(before);
  });

  it.each<[string, readonly string[], Environment, string]>([
    ['of a profile that is named', ['--aws-profile', 'work'], {}, 'ap-southeast-1'],
    ['of a profile of the environment', [], { AWS_PROFILE: 'work' }, 'ap-southeast-1'],
    ['of the AWS CLI', [], { AWS_DEFAULT_REGION: 'eu-north-1', ...keys }, 'eu-north-1'],
    ['that is named, before all others', ['-r', 'us-west-2'], { AWS_REGION: 'eu-west-1', ...keys }, 'us-west-2'],
  ])('finds the region %s', async (_name, parameters, environment, region) => {
    const result = await check(parameters, environment);
    expect(result.region).toBe(region);
    expect(textsOf(result, 'ok')).toEqual(expect.arrayContaining([`region ${region}`, 'AWS credentials']));
  });

  it('says that AWS does not accept the credentials', async () => {
    delete account.limits;
    const result = await check([]);
    expect(textsOf(result, 'missing')).toEqual(['AWS does not accept the credentials (UnrecognizedClientException)']);
    expect(result.out).not.toContain(keys.AWS_SECRET_ACCESS_KEY);
  });

  it('says that a new account cannot reserve concurrency, and how to do without', async () => {
    account.limits = newAccount;
    expect(textsOf(await check([]), 'missing')).toEqual([
      expect.stringMatching(
        /may run 10 functions at a time.*will not reserve 1 more.*--param=refreshConcurrency=shared/,
      ),
    ]);
    expect(textsOf(await check(['--param=refreshConcurrency=shared']), 'missing')).toEqual([]);
  });

  it.each([
    ['what is there suffices', 101, undefined, [], 0],
    ['AWS keeps 100 for the others', 100, undefined, [], 1],
    ['a former deployment has it already', 100, 1, [], 0],
    ['completions want a part as well', 150, undefined, ['--param=completionConcurrency=50'], 1],
    ['what completions want is there', 151, undefined, ['--param=completionConcurrency=50'], 0],
  ])('counts reservations: %s', async (_name, unreserved, reserved, parameters, faults) => {
    account.limits = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: unreserved };
    if (reserved !== undefined) account.reserved = reserved;
    expect(textsOf(await check(parameters), 'missing')).toHaveLength(faults);
  });

  it('only notes that it may not see the quota', async () => {
    const closed = await startHttpServer(() => undefined);
    await closed.close();
    const result = await check([], { AWS_REGION: 'eu-west-1', ...keys, AWS_ENDPOINT_URL_LAMBDA: closed.url });
    expect(textsOf(result, 'note')).toEqual([expect.stringMatching(/^The account's concurrency could not be read/)]);
    expect(textsOf(result, 'missing')).toEqual([]);
  });

  it('names what Serverless would pass over and what the functions could not start with, all at once', async () => {
    const given = [
      'prod',
      '--param=alarmEmial=me@example.com',
      '--param=models=oops',
      '--param=retryCount=11',
      '--force',
    ];
    const environment = { AWS_REGION: 'eu-west-1', ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
    expect(textsOf(await check(given, environment), 'missing')).toEqual([
      expect.stringMatching(/^"prod" belongs to no option.*npm run deploy -- --stage prod/),
      'AWS_ENDPOINT_URL is http://127.0.0.1:4566, which is not AWS: unset it',
      expect.stringMatching(/^serverless\.yml has no parameter alarmEmial; it has .*alarmEmail/),
      expect.stringMatching(/^The functions would not start: MODELS must be/),
      expect.stringMatching(/^The functions would not start: QIANFAN_LLM_API_RETRY_COUNT must be/),
    ]);
  });

  it('knows that an access_token is of no use without V1', async () => {
    expect(textsOf(await check(['--param=upstream=openai']), 'missing')).toEqual([
      expect.stringMatching(/^With upstream=openai alone .*--param=qianfanAuth=none/),
    ]);
  });

  it('passes on what Serverless refuses', async () => {
    expect(textsOf(await check(['--param=queueType=lifo']), 'missing')).toEqual([
      expect.stringMatching(
        /^Serverless refuses the settings:[^]*Cannot resolve variable at "custom\.requestsQueueName"/,
      ),
    ]);
  });

  it('as a command prints a line for each finding, and fails when something is missing', async () => {
    expect(await runScript(['--stage', 'prod'], { AWS_REGION: 'eu-west-1', ...keys })).toEqual({
      code: 0,
      error: '',
      out: expect.stringMatching(
        /^ok {7}Node\.js 24[^]*\nok {7}region eu-west-1\n[^]*\n\nAfter the deployment:\n1\. Put the keys/,
      ),
    });
    expect(await runScript([], keys)).toMatchObject({
      code: 1,
      out: expect.stringContaining('\nmissing  There is no AWS region'),
    });
  });

  it.each([
    ['24.21.0', 'ok'],
    ['22.13.0', 'ok'],
    ['20.19.0', 'ok'],
    ['20.18.3', 'missing'],
    ['18.20.0', 'missing'],
    ['23.1.0', 'missing'],
  ])('knows on which versions of Node.js Serverless runs: %s', (version, kind) => {
    expect(checkNode(version).kind).toBe(kind);
  });
});
