// Starts the packaged completion function and an empty handler in turn, each held to the processor time of a size of memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploy } from '../../test/runtime-client/deployment.ts';
import { ask, obtainAccessToken, send, v1Request } from '../../test/runtime-client/gateway-requests.ts';
import type { Sandbox } from '../../test/runtime-client/sandbox.ts';
import { startSandbox } from '../../test/runtime-client/sandbox.ts';
import { measureStart } from '../../test/runtime-client/start-cost.ts';
import type { StartCost } from '../../test/runtime-client/start-cost.ts';
import { createCpuQuota } from './cpu-quota.ts';

/** When a process is held: AWS gives functions of any size more than their share until the first event. */
export type HeldPhase = 'all' | 'invoke';

export interface StartPlan {
  readonly memoryMb: number;
  readonly phase: HeldPhase;
  readonly rounds: number;
  /** Further builds, each where an archive of the completion function was unpacked, by name. */
  readonly builds: ReadonlyMap<string, string>;
  /** Whether the completion function is also measured with a compile cache of Node.js that was made of it here. */
  readonly hasCompileCache: boolean;
}

/** By name: `empty`, `completion`, `compile cache`, and the builds of the plan. */
export type StartCosts = ReadonlyMap<string, readonly StartCost[]>;

/** Measures all plans. In each round every function is started once, so that what else the machine does slows all of them. */
export async function measureStarts(plans: readonly StartPlan[]): Promise<readonly StartCosts[]> {
  const deployment = await deploy();
  const cacheDirectory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-compile-cache-'));
  try {
    const warm = await deployment.start('completion');
    const accessToken = await obtainAccessToken(warm);
    await ask(warm, v1Request(accessToken, { prompt: 'warm' }));
    const results: StartCosts[] = [];
    for (const plan of plans) {
      const { memoryMb } = plan;
      const startEmpty = () =>
        startSandbox({
          taskRoot: fileURLToPath(new URL('../../test/runtime-client/handlers', import.meta.url)),
          handler: 'empty.handler',
          functionName: 'empty',
          memoryMb,
          timeoutMs: 30_000,
          environment: {},
        });
      const describeCompletion = (taskRoot: string, variables: Readonly<Record<string, string>> = {}) => ({
        start: () => deployment.start('completion', variables, { memoryMb, taskRoot }),
        invoke: (sandbox: Sandbox) => send(sandbox, v1Request(accessToken, { prompt: 'first' })),
      });
      const current = deployment.packaged.taskRootOf('completion');
      const starts = new Map([
        ['empty', { start: startEmpty, invoke: (sandbox: Sandbox) => sandbox.invoke({}) }],
        ['completion', describeCompletion(current)],
        ...[...plan.builds].map(([name, taskRoot]) => [name, describeCompletion(taskRoot)] as const),
      ]);
      if (plan.hasCompileCache) {
        const variables = { NODE_COMPILE_CACHE: cacheDirectory };
        const nodeArguments = ['--import', new URL('flush-compile-cache.mjs', import.meta.url).href];
        const maker = await deployment.start('completion', variables, { memoryMb, nodeArguments });
        await ask(maker, v1Request(accessToken, { prompt: 'first' }));
        maker.process.kill('SIGUSR2');
        await maker.printed('compile cache written');
        starts.set('compile cache', describeCompletion(current, variables));
      }
      results.push(await measureInTurn(starts, plan));
    }
    return results;
  } finally {
    await deployment.close();
    rmSync(cacheDirectory, { recursive: true });
  }
}

interface MeasuredFunction {
  readonly start: () => Promise<Sandbox>;
  readonly invoke: Parameters<typeof measureStart>[1];
}

async function measureInTurn(
  functions: ReadonlyMap<string, MeasuredFunction>,
  { memoryMb, phase, rounds }: StartPlan,
): Promise<StartCosts> {
  const quota = createCpuQuota(memoryMb);
  const hold = ({ process: { pid } }: Sandbox): void => {
    if (pid !== undefined) quota.hold(pid);
  };
  const costs = new Map<string, StartCost[]>([...functions.keys()].map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, { start, invoke }] of functions) {
        const startHeld = async (): Promise<Sandbox> => {
          const sandbox = await start();
          if (phase === 'all') hold(sandbox);
          return sandbox;
        };
        const invokeHeld = (sandbox: Sandbox) => {
          if (phase === 'invoke') hold(sandbox);
          return invoke(sandbox);
        };
        costs.get(name)?.push(await measureStart(startHeld, invokeHeld));
      }
    }
  } finally {
    quota.remove();
  }
  return costs;
}
