// What the check says of the account: whether AWS takes the credentials, and whether it can reserve what is wanted.
import { exampleKeys, startDeployCheck, textsOf, usualLimits } from './start-deploy-check.ts';
import type { DeployCheckRun } from './start-deploy-check.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

const newAccount = { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 };

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

describe('the account', () => {
  it('says that AWS does not accept the credentials', async () => {
    run.setAccount({});
    const result = await run.check([]);
    expect(textsOf(result, 'missing')).toEqual(['AWS does not accept the credentials (UnrecognizedClientException)']);
    expect(result.out).not.toContain(exampleKeys.AWS_SECRET_ACCESS_KEY);
    // There is nothing to reserve then, and no other reason to ask.
    const shared = await run.check(['--param=refreshConcurrency=shared']);
    expect(textsOf(shared, 'missing')).toEqual(textsOf(result, 'missing'));
  });

  it('says that a new account cannot reserve concurrency, and how to do without', async () => {
    run.setAccount({ limits: newAccount });
    expect(textsOf(await run.check([]), 'missing')).toEqual([
      expect.stringMatching(
        /may run 10 functions at a time.*will not reserve 1 more.*--param=refreshConcurrency=shared/,
      ),
    ]);
    expect(textsOf(await run.check(['--param=refreshConcurrency=shared']), 'missing')).toEqual([]);
  });

  it.each([
    ['what is there suffices', 101, undefined, [], 0],
    ['AWS keeps 100 for the others', 100, undefined, [], 1],
    ['a former deployment has it already', 100, 1, [], 0],
    ['completions want a part as well', 150, undefined, ['--param=completionConcurrency=50'], 1],
    ['what completions want is there', 151, undefined, ['--param=completionConcurrency=50'], 0],
  ])('counts reservations: %s', async (_name, unreserved, reserved, parameters, faults) => {
    const limits = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: unreserved };
    run.setAccount({ limits, ...(reserved !== undefined && { reserved }) });
    expect(textsOf(await run.check(parameters), 'missing')).toHaveLength(faults);
  });

  it.each([
    [[], /^The account's concurrency could not be read/],
    [['--param=refreshConcurrency=shared'], /^AWS could not be asked whether it accepts the credentials \(/],
  ])('only notes that it cannot ask for the quota: %j', async (given, note) => {
    const closed = await startHttpServer(() => undefined);
    await closed.close();
    const result = await run.check(given, {
      AWS_REGION: 'eu-west-1',
      ...exampleKeys,
      AWS_ENDPOINT_URL_LAMBDA: closed.url,
    });
    expect(textsOf(result, 'note')).toEqual([expect.stringMatching(note), expect.stringMatching(/^The keys of/)]);
    expect(textsOf(result, 'missing')).toEqual([]);
  });

  it.each([
    [[], [expect.stringMatching(/^The account's concurrency could not be read \(AccessDenied/)]],
    [['--param=refreshConcurrency=shared'], []],
  ])('only notes that it may not see a quota that matters: %j', async (given, notes) => {
    run.setAccount({ limits: usualLimits, isClosed: true });
    const result = await run.check(given);
    expect(textsOf(result, 'note')).toEqual([...notes, expect.stringMatching(/^The keys of/)]);
    expect(textsOf(result, 'missing')).toEqual([]);
  });
});
