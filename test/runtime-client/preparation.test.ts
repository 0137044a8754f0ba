// What the packaged completion function does while it is loaded, so that its first caller need not wait for it.
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { ask, openAiRequest } from './gateway-requests.ts';

const request = openAiRequest({ prompt: 'SELECT' });
const complaint = 'secrets not read at the start';

describeInRuntime('the packaged completion function, when it is loaded', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy();
    // The secret holds a token from now on.
    await ask(await deployment.start('completion'), request);
  }, 60_000);

  afterAll(() => deployment.close());

  /** What has been asked of the AWS emulation since it was last looked at. */
  let seen = 0;
  const callsSince = (): readonly string[] => {
    const calls = deployment.aws.calls.slice(seen).map(({ operation }) => operation);
    seen = deployment.aws.calls.length;
    return calls;
  };

  it('reads its secrets, and asks no upstream', async () => {
    const before = deployment.simulator.stats();
    callsSince();
    const sandbox = await deployment.start('completion');
    await sandbox.initialised;
    expect(callsSince()).toEqual(['GetSecretValue', 'GetSecretValue']);
    expect(deployment.simulator.stats()).toEqual(before);
    expect(await ask(sandbox, request)).toMatchObject({ status: 200 });
    expect(callsSince()).toEqual([]);
    expect(deployment.simulator.stats().completionRequests).toBe(before.completionRequests + 1);
    expect(sandbox.output()).not.toContain(complaint);
  });

  it('is ready all the same when it may not read them, and reads them for its first request', async () => {
    deployment.aws.throttleNext('GetSecretValue', 1_000);
    const sandbox = await deployment.start('completion');
    await sandbox.initialised;
    await sandbox.printed(complaint);
    deployment.aws.throttleNext('GetSecretValue', 0);
    expect(await ask(sandbox, request)).toMatchObject({ status: 200 });
    expect(sandbox.output()).not.toMatch(/runtime-api-key|demo-secret/);
  });

  it('is ready all the same when nobody answers, and reads them for its first request', async () => {
    const silence = Promise.withResolvers<void>();
    // Those of the function's own request, and those of the SDK after them.
    for (let count = 0; count < 4; count += 1) deployment.aws.delayNext('GetSecretValue', silence.promise);
    const sandbox = await deployment.start('completion');
    await sandbox.initialised;
    await sandbox.printed(complaint);
    const answer = ask(sandbox, request);
    silence.resolve();
    expect(await answer).toMatchObject({ status: 200 });
  });

  it('is ready all the same where nobody listens, and says so to its first caller', async () => {
    const sandbox = await deployment.start('completion', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    await sandbox.initialised;
    await sandbox.printed(complaint);
    expect(await ask(sandbox, { path: '/health' })).toMatchObject({ status: 200 });
    expect(await ask(sandbox, request)).toMatchObject({ status: 503 });
  });
});
