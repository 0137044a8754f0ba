// What the check says of names: stages that make them too long, and secrets whose names AWS still keeps.
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

it('a stage name may be as long as its longest function name is let by Lambda, and no longer', async () => {
  // qianfan-serverless- and -token-refresh are 33 characters of 64.
  const longest = 'a'.repeat(31);
  expect(textsOf(await run.check(['--stage', longest]), 'missing')).toEqual([]);
  expect(textsOf(await run.check(['--stage', `${longest}b`]), 'missing')).toEqual([
    `The stage name ${longest}b makes the function name qianfan-serverless-${longest}b-token-refresh 65 characters long, ` +
      'and Lambda allows 64: choose a stage name of at most 31 characters',
  ]);
});

it('secrets that are scheduled for deletion keep a stack from being made, whether its parameters use them or not', async () => {
  const names = ['clients', 'openai-key'].map((name) => `qianfan-serverless/dev/${name}`);
  run.setAccount({ limits: usualLimits, deletedSecrets: [...names, 'qianfan-serverless/prod/token'] });
  const command = 'aws secretsmanager delete-secret --force-delete-without-recovery --secret-id';
  const [text = '', ...others] = textsOf(await run.check([]), 'missing');
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^AWS keeps the names of secrets that are scheduled for deletion/),
    ...names.toReversed().map((name) => `${command} ${name}`),
  ]);
  expect(others).toEqual([]);
});
