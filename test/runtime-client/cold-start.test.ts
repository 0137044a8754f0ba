// What a cold start of the completion function may cost, measured beside an empty handler.
import { fileURLToPath } from 'node:url';
import { lambdaFunctionOf } from '../support/read-template.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { ask, obtainAccessToken, send, v1Request } from './gateway-requests.ts';
import { describeInRuntime, startSandbox } from './sandbox.ts';
import { compareStarts, measureStart } from './start-cost.ts';
import type { Comparison } from './start-cost.ts';

/** Times the empty handler's. Measured were 1.4 and 2.2. */
const budgets = { init: 1.5, first: 2.5 };
const pairCount = 9;
/** A busy machine can spoil a round. A regression spoils every one, so the best of them counts. */
const mostRounds = 3;

/**
 * On an idle machine the clock and the processor time tell nearly the same, for a start is the work of one thread. What
 * else a busy one does disturbs either, in its own way: waiting shows on the clock, cold caches in the processor time.
 */
const readRatios = ({ ratios }: Comparison) => ({
  init: Math.min(ratios.initMs, ratios.initCpuMs),
  first: Math.min(ratios.firstMs, ratios.firstCpuMs),
});

const isWithin = (comparison: Comparison): boolean => {
  const { init, first } = readRatios(comparison);
  return init <= budgets.init && first <= budgets.first;
};

describeInRuntime('a cold start of the packaged completion function', () => {
  let deployment: Deployment;
  let accessToken: string;

  beforeAll(async () => {
    deployment = await deploy();
    const sandbox = await deployment.start('completion');
    accessToken = await obtainAccessToken(sandbox);
    // Simulator and emulation are warm, and the secret holds a token.
    await ask(sandbox, v1Request(accessToken, { prompt: 'warm' }));
  }, 60_000);

  afterAll(() => deployment.close());

  const measureEmpty = () => {
    const { MemorySize: memoryMb } = lambdaFunctionOf(deployment.packaged.template, 'completion');
    const start = () =>
      startSandbox({
        taskRoot: fileURLToPath(new URL('./handlers', import.meta.url)),
        handler: 'empty.handler',
        functionName: 'empty',
        memoryMb,
        timeoutMs: 30_000,
        environment: {},
      });
    return measureStart(start, (sandbox) => sandbox.invoke({}));
  };
  /** The first request reads the clients and the token from Secrets Manager, and asks the upstream. */
  const measureCompletion = () =>
    measureStart(
      () => deployment.start('completion'),
      (sandbox) => send(sandbox, v1Request(accessToken, { prompt: 'first' })),
    );

  it(`costs at most ${budgets.init} times what an empty handler's does, and ${budgets.first} times with the first request`, async () => {
    const rounds: Comparison[] = [];
    do {
      rounds.push(await compareStarts(measureEmpty, measureCompletion, pairCount));
    } while (!rounds.some(isWithin) && rounds.length < mostRounds);
    const lines = rounds.map(({ ratios, medians }) =>
      JSON.stringify({ ratios, empty: medians[0], completion: medians[1] }),
    );
    process.stdout.write(`cold start: ${lines.join('\n')}\n`);
    const best = (key: keyof typeof budgets) => Math.min(...rounds.map((round) => readRatios(round)[key]));
    expect(best('init')).toBeLessThanOrEqual(budgets.init);
    expect(best('first')).toBeLessThanOrEqual(budgets.first);
  }, 120_000);
});
