// How the packaged functions load, and what they do with events that are not for them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readFunctionNames } from '../package/package-service.ts';
import { lambdaFunctionOf } from '../package/read-template.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { readDoorAnswer } from './front-doors.ts';
import type { Sandbox } from './sandbox.ts';

const foreignEvents = [
  ['nothing', null],
  ['a number', 7],
  ['a list', []],
  ['an empty object', {}],
  ['an HTTP event without anything in it', { httpMethod: 'GET' }],
  ['an HTTP API event without anything in it', { rawPath: '/health' }],
  ['an event of S3', { Records: [{ eventSource: 'aws:s3' }] }],
] as const;

describeInRuntime('the packaged functions', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy();
  }, 60_000);

  afterAll(() => deployment.close());

  it.each(readFunctionNames())('load as the template names them: %s', async (name) => {
    const { initialised } = await deployment.start(name);
    await expect(initialised).resolves.toBeUndefined();
  });

  it.each(readFunctionNames())('have one file that the handler can be: %s', (name) => {
    const { Handler } = lambdaFunctionOf(deployment.packaged.template, name);
    const files = readdirSync(join(deployment.packaged.taskRootOf(name), 'dist', name));
    expect(Handler).toBe(`dist/${name}/index.handler`);
    expect(files.filter((file) => file.startsWith('index'))).toEqual(['index.mjs']);
  });

  it.each([
    ['completion', ['CLIENTS_SECRET_ID', 'TOKEN_SECRET_ID']],
    ['queue-worker', ['RESULTS_QUEUE_URL', 'TOKEN_SECRET_ID']],
    ['token-refresh', ['CREDENTIALS_SECRET_ID']],
  ])('say at their start which variables are missing: %s', async (name, variables) => {
    const missing = Object.fromEntries(variables.map((variable) => [variable, '']));
    const { initialised } = await deployment.start(name, { ...missing, QIANFAN_BASE_URL: 'not-a-url-to-be-shown' });
    const failure = await initialised.catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'InitError', errorType: 'ConfigError' });
    for (const variable of [...variables, 'QIANFAN_BASE_URL']) expect(String(failure)).toContain(variable);
    expect(String(failure)).not.toContain('not-a-url-to-be-shown');
  });

  describe('when they are invoked with what is not for them', () => {
    let completion: Sandbox;
    let queueWorker: Sandbox;

    beforeAll(async () => {
      completion = await deployment.start('completion');
      queueWorker = await deployment.start('queue-worker');
    });

    it.each(foreignEvents)('the completion function answers %s whole', async (_name, event) => {
      expect(readDoorAnswer(await completion.invoke(event).outcome).status).toBe(400);
    });

    it.each(foreignEvents)('the queue worker fails with %s, so that it is noticed', async (_name, event) => {
      expect(await queueWorker.invoke(event).outcome).toMatchObject({ how: 'failed' });
    });

    it('none of them returns what the runtime ignores', () => {
      expect(completion.output()).not.toContain('ignore return values');
    });
  });
});
