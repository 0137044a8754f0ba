// The check before a deployment: the machine, the settings, and the command.
import { checkNode } from '../../cli/deploy-check.ts';
import { exampleKeys, startDeployCheck, textsOf, usualLimits } from './deploy/start-deploy-check.ts';
import type { DeployCheckRun, Environment } from './deploy/start-deploy-check.ts';

let run: DeployCheckRun;

beforeAll(async () => {
  run = await startDeployCheck();
});

beforeEach(() => {
  run.setAccount({ limits: usualLimits });
});

afterAll(async () => {
  await run.stop();
});

describe('the check before a deployment', () => {
  it('finds nothing missing, and lists every step of a first deployment', async () => {
    const result = await run.check(['--stage', 'prod']);
    expect(textsOf(result, 'missing')).toEqual([]);
    expect(textsOf(result, 'ok')).toEqual([
      expect.stringMatching(/^Node\.js 24\./),
      'region eu-west-1',
      'AWS credentials',
      'settings of the functions',
      'concurrency: 1000, of which 1000 are not reserved',
    ]);
    expect(textsOf(result, 'note')).toEqual([
      'The keys of the Baidu account (QIANFAN_AK, QIANFAN_SK) are not in qianfan-serverless/prod/credentials yet: ' +
        'put them there after the deployment',
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

  it('says that region and credentials are missing, and asks AWS nothing', async () => {
    const before = run.countRequests();
    expect(textsOf(await run.check([], {}), 'missing')).toEqual([
      expect.stringMatching(/^There is no AWS region: add --region/),
      expect.stringMatching(/^There are no AWS credentials .*AWS_ACCESS_KEY_ID.*aws sso login/),
    ]);
    expect(run.countRequests()).toBe(before);
  });

  it.each<[string, readonly string[], Environment, string]>([
    ['of a profile that is named', ['--aws-profile', 'work'], {}, 'ap-southeast-1'],
    ['of a profile of the environment', [], { AWS_PROFILE: 'work' }, 'ap-southeast-1'],
    ['of the AWS CLI', [], { AWS_DEFAULT_REGION: 'eu-north-1', ...exampleKeys }, 'eu-north-1'],
    ['that is named, before all others', ['-r', 'us-west-2'], { AWS_REGION: 'eu-west-1', ...exampleKeys }, 'us-west-2'],
  ])('finds the region %s', async (_name, parameters, environment, region) => {
    const result = await run.check(parameters, environment);
    expect(result.region).toBe(region);
    expect(textsOf(result, 'ok')).toEqual(expect.arrayContaining([`region ${region}`, 'AWS credentials']));
  });

  it('names what Serverless would pass over and what the functions could not start with, all at once', async () => {
    const given = [
      'prod',
      '--param=alarmEmial=me@example.com',
      '--param=models=oops',
      '--param=retryCount=11',
      '--force',
    ];
    const environment = { AWS_REGION: 'eu-west-1', ...exampleKeys, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
    expect(textsOf(await run.check(given, environment), 'missing')).toEqual([
      expect.stringMatching(/^"prod" belongs to no option.*npm run deploy -- --stage prod/),
      'AWS_ENDPOINT_URL is http://127.0.0.1:4566, which is not AWS: unset it',
      expect.stringMatching(/^serverless\.yml has no parameter alarmEmial; it has .*alarmEmail/),
      expect.stringMatching(/^The functions would not start: MODELS must be/),
      expect.stringMatching(/^The functions would not start: QIANFAN_LLM_API_RETRY_COUNT must be/),
    ]);
  });

  it('knows that an access_token is of no use without V1', async () => {
    expect(textsOf(await run.check(['--param=upstream=openai']), 'missing')).toEqual([
      expect.stringMatching(/^With upstream=openai alone .*--param=qianfanAuth=none/),
    ]);
  });

  it('passes on what Serverless refuses', async () => {
    expect(textsOf(await run.check(['--param=queueMaximumConcurrency=1']), 'missing')).toEqual([
      expect.stringMatching(/^Serverless refuses the settings:[^]*maximumConcurrency': must be >= 2/),
    ]);
  });

  it('says in its own words what a parameter must be, and not in those of Serverless', async () => {
    const given = ['--param=frontDoor=lambda', '--param=kmsKeyArn=alias/foo'];
    expect(textsOf(await run.check(given), 'missing')).toEqual([
      'frontDoor must be rest or url, not "lambda"',
      expect.stringMatching(/^kmsKeyArn must be the ARN of a KMS key/),
    ]);
    expect(textsOf(await run.check(['--param=frontDoor=url', '--param=apiKey=required']), 'missing')).toEqual([
      'apiKey=required needs frontDoor=rest: a function URL knows no API keys',
    ]);
    // Serverless lets this one through, and AWS would throttle every request.
    expect(textsOf(await run.check(['--param=completionConcurrency=0', '--param=logLevel=loud']), 'missing')).toEqual([
      'completionConcurrency must be a whole number of at least 1, or empty for no limit',
      'The functions would not start: LOG_LEVEL must be debug, info, warn or error',
    ]);
  });

  it('as a command prints a line for each finding, and fails when something is missing', async () => {
    expect(await run.runScript(['--stage', 'prod'], { AWS_REGION: 'eu-west-1', ...exampleKeys })).toEqual({
      code: 0,
      error: '',
      out: expect.stringMatching(
        /^ok {7}Node\.js 24[^]*\nok {7}region eu-west-1\n[^]*\n\nAfter the deployment:\n1\. Put the keys/,
      ),
    });
    expect(await run.runScript([], exampleKeys)).toMatchObject({
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
