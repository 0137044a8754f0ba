// What a cold start of the completion function may cost, measured beside an empty handler.
import { fileURLToPath } from 'node:url';
import { lambdaFunctionOf } from '../package/read-template.ts';
import { deploy } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { describeInRuntime } from './describe-in-runtime.ts';
import { ask, obtainAccessToken, send, v1Request } from './gateway-requests.ts';
import { startSandbox } from './sandbox.ts';
import { compareStarts, measureStart } from './start-cost.ts';
import type { Comparison } from './start-cost.ts';

/**
 * Times the empty handler's; of the answer, times its start. In processor time, which is what a start costs: measured were
 * 1.8, 1.9 and 0.13. On the clock, which also shows what only waits, and on a busy machine what has to wait for others:
 * 1.5, 1.6 and 0.16.
 */
const budgets = { initCpuMs: 2.1, firstCpuMs: 2.4, answerCpuMs: 0.25, initMs: 2.5, firstMs: 3.2, answerMs: 0.6 };
const measures = Object.keys(budgets) as (keyof typeof budgets)[];
const pairCount = 9;
/** A busy machine can spoil a round. A regression spoils every one, so the best of them counts. */
const mostRounds = 3;

const isWithin = ({ ratios }: Comparison): boolean => measures.every((measure) => ratios[measure] <= budgets[measure]);

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
  /** The clients and the token are read from Secrets Manager while it is loaded; the first request asks the upstream. */
  const measureCompletion = () =>
    measureStart(
      () => deployment.start('completion'),
      (sandbox) => send(sandbox, v1Request(accessToken, { prompt: 'first' })),
    );

  it(`costs at most ${budgets.initCpuMs} times what an empty handler's does, and ${budgets.firstCpuMs} times with the first answer, of which its caller waits for ${budgets.answerCpuMs} times`, async () => {
    const rounds: Comparison[] = [];
    do {
      rounds.push(await compareStarts(measureEmpty, measureCompletion, pairCount));
    } while (!rounds.some(isWithin) && rounds.length < mostRounds);
    const lines = rounds.map(({ ratios, medians }) =>
      JSON.stringify({ ratios, empty: medians[0], completion: medians[1] }),
    );
    process.stdout.write(`cold start: ${lines.join('\n')}\n`);
    const best = (measure: keyof typeof budgets) => Math.min(...rounds.map(({ ratios }) => ratios[measure]));
    expect(measures.filter((measure) => best(measure) > budgets[measure])).toEqual([]);
  }, 120_000);
});
