// What `npm run deploy` makes of the findings of its check.
import type { DeploymentCheck } from '../../cli/deploy-check.ts';
import { deploy } from '../../cli/deploy.ts';

describe('a deployment', () => {
  const ready: DeploymentCheck = {
    findings: [
      { kind: 'ok', text: 'AWS credentials' },
      { kind: 'note', text: 'the quota is not known' },
    ],
    region: 'eu-west-1',
    nextSteps: ['Put the keys\nthere', 'Try it'],
  };

  async function run(given: readonly string[], result: DeploymentCheck, exitCode = 0) {
    const started: (readonly string[])[] = [];
    const printed: string[] = [];
    const code = await deploy(given, {
      check: async () => result,
      runServerless: async (parameters) => {
        started.push(parameters);
        return exitCode;
      },
      print: (line) => void printed.push(line),
    });
    return { code, started, printed: printed.join('\n') };
  }

  it('is made with all arguments, in the region that was found, and ends with what is left to do', async () => {
    const { code, started, printed } = await run(['--stage', 'prod', '--param=frontDoor=url', '--verbose'], ready);
    expect(started).toEqual([
      ['deploy', '--stage', 'prod', '--param=frontDoor=url', '--verbose', '--region', 'eu-west-1'],
    ]);
    expect(code).toBe(0);
    expect(printed).toContain('ok       AWS credentials\nnote     the quota is not known');
    expect(printed).toContain('What is left to do:\n1. Put the keys\n     there\n2. Try it');
  });

  it('leaves a region that is given as it is', async () => {
    const { started } = await run(['-r', 'eu-west-1'], ready);
    expect(started).toEqual([['deploy', '-r', 'eu-west-1']]);
  });

  it('is not made when something is missing', async () => {
    const findings = [...ready.findings, { kind: 'missing' as const, text: 'There is no AWS region' }];
    const { code, started, printed } = await run([], { ...ready, region: undefined, findings });
    expect({ code, started }).toEqual({ code: 1, started: [] });
    expect(printed).toContain('missing  There is no AWS region');
    expect(printed).toContain('Nothing was deployed');
  });

  it('that fails has the exit code of Serverless, and no steps to follow', async () => {
    const { code, printed } = await run([], ready, 3);
    expect(code).toBe(3);
    expect(printed).not.toContain('What is left to do');
  });
});
