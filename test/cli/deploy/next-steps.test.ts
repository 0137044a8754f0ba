// What the check says of keys, tokens and clients: which are not there yet, and the commands that are left.
import { startDeployCheck, textsOf, usualLimits } from './start-deploy-check.ts';
import type { DeployCheckRun } from './start-deploy-check.ts';

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

describe('what is left to do', () => {
  it('leaves out the steps that are done, and says which keys have to be there', async () => {
    run.setAccount({
      limits: usualLimits,
      secrets: {
        'qianfan-serverless/dev/credentials': ['AWSCURRENT'],
        'qianfan-serverless/dev/token': ['AWSCURRENT'],
        'qianfan-serverless/dev/clients': ['AWSCURRENT', 'AWSPREVIOUS'],
      },
    });
    const result = await run.check([]);
    expect(result.nextSteps).toEqual([
      expect.stringMatching(
        /^Make sure that qianfan-serverless\/dev\/credentials holds the keys .*\{"QIANFAN_AK":"…","QIANFAN_SK":"…"\}\. If it does not.*\naws secretsmanager put-secret-value /,
      ),
      expect.stringMatching(/^Try it/),
    ]);
    expect(textsOf(result, 'note')).toEqual([]);
  });

  it.each([
    ['none of its own', ['--param=qianfanAuth=none', '--param=upstream=openai', '--param=openaiKey=bearer'], true],
    ['one already', [], false],
  ])(
    'has a token obtained where the way that is new has %s, whatever the secrets hold',
    async (_name, given, isLeft) => {
      run.setAccount({
        limits: usualLimits,
        secrets: {
          'qianfan-serverless/dev/credentials': ['AWSCURRENT'],
          'qianfan-serverless/dev/token': ['AWSCURRENT'],
          'qianfan-serverless/dev/bearer': [],
        },
      });
      const { out } = await run.check(given);
      expect(out.includes('invoke --function token-refresh')).toBe(isLeft);
      expect(out).toMatch(isLeft ? /Make sure .*"QIANFAN_ACCESS_KEY"/ : /Make sure .*"QIANFAN_AK"/);
    },
  );

  it('has every command use the profile that is named', async () => {
    const { nextSteps } = await run.check(['--aws-profile', 'work', '--region', 'eu-west-1'], {});
    expect(nextSteps.join('\n').match(/^.*(?:aws secretsmanager|serverless|npm run keys).*$/gm)).toEqual([
      'aws secretsmanager put-secret-value --region eu-west-1 --profile work --secret-id qianfan-serverless/dev/credentials --secret-string file://keys.json',
      'npx serverless invoke --function token-refresh --stage dev --region eu-west-1 --aws-profile work',
      'AWS_PROFILE=work AWS_REGION=eu-west-1 npm run keys -- create <id> --stage dev',
    ]);
  });

  it('has every command use the profile that is named', async () => {
    const { nextSteps } = await run.check(['--aws-profile', 'work', '--region', 'eu-west-1'], {});
    expect(nextSteps.join('\n').match(/^.*(?:aws secretsmanager|serverless|npm run keys).*$/gm)).toEqual([
      'aws secretsmanager put-secret-value --region eu-west-1 --profile work --secret-id qianfan-serverless/dev/credentials --secret-string file://keys.json',
      'npx serverless invoke --function token-refresh --stage dev --region eu-west-1 --aws-profile work',
      'AWS_PROFILE=work AWS_REGION=eu-west-1 npm run keys -- create <id> --stage dev',
    ]);
  });

  it('sees that the list of clients is still the first, and that a secret has no value', async () => {
    run.setAccount({
      limits: usualLimits,
      secrets: { 'qianfan-serverless/dev/credentials': [], 'qianfan-serverless/dev/clients': ['AWSCURRENT'] },
    });
    expect((await run.check([])).out).toMatch(/put-secret-value[^]*npm run keys/);
  });

  it('asks for the keys that the parameters call for', async () => {
    const { out } = await run.check([
      '--param=qianfanAuth=none',
      '--param',
      'upstream=openai',
      '--param=openaiKey=bearer',
    ]);
    expect(out).toContain('{"QIANFAN_ACCESS_KEY":"…","QIANFAN_SECRET_KEY":"…"}');
    expect(out).toContain('--function token-refresh');
    const withKey = await run.check([
      '--param=qianfanAuth=none',
      '--param=upstream=openai',
      '--param=openaiKey=secret',
    ]);
    expect(withKey.out).toContain('{"OPENAI_API_KEY":"…"}');
    expect(withKey.out).not.toMatch(/QIANFAN_|token-refresh/);
  });

  it('names the keys that are needed even where nobody can look for them', async () => {
    expect(textsOf(await run.check([], {}), 'note')).toEqual([
      'The deployment needs the keys of the Baidu account (QIANFAN_AK, QIANFAN_SK) in ' +
        'qianfan-serverless/dev/credentials: put them there afterwards, unless they are there already',
    ]);
    const withKey = ['--param=qianfanAuth=none', '--param=upstream=openai', '--param=openaiKey=secret'];
    expect(textsOf(await run.check(withKey), 'note')).toEqual([
      'The key of the upstream (OPENAI_API_KEY) is not in qianfan-serverless/dev/openai-key yet: ' +
        'put it there after the deployment',
    ]);
  });
});
