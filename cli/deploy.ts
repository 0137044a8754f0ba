// `npm run deploy`: checks what a deployment needs, deploys, and says what is left to do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { checkDeployment } from './deploy-check.ts';
import type { DeploymentCheck } from './deploy-check.ts';
import { parseDeployArguments } from './deploy/deploy-arguments.ts';
import { formatFindings, formatSteps } from './deploy/finding.ts';
import { projectDirectory, serverlessScript } from './deploy/resolve-service.ts';

export interface DeployTools {
  readonly check: (given: readonly string[]) => Promise<DeploymentCheck>;
  /** Runs Serverless and returns its exit code. */
  readonly runServerless: (given: readonly string[]) => Promise<number>;
  readonly print: (text: string) => void;
}

/**
 * Deploys unless something is missing.
 *
 * @param given the arguments for `serverless deploy`.
 * @returns the exit code.
 */
export async function deploy(given: readonly string[], { check, runServerless, print }: DeployTools): Promise<number> {
  const { findings, region, nextSteps } = await check(given);
  print(formatFindings(findings));
  if (region === undefined || findings.some(({ kind }) => kind === 'missing')) {
    print('\nNothing was deployed.');
    return 1;
  }
  // Serverless itself looks for a region nowhere else, and would take us-east-1.
  const isRegionGiven = parseDeployArguments(given).region !== undefined;
  const code = await runServerless(['deploy', ...given, ...(isRegionGiven ? [] : ['--region', region])]);
  if (code === 0) print(`\nWhat is left to do:\n${formatSteps(nextSteps)}`);
  return code;
}

async function startServerless(given: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [serverlessScript, ...given], { cwd: projectDirectory, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

if (import.meta.main) {
  const tools = { check: checkDeployment, runServerless: startServerless, print: (text: string) => console.log(text) };
  process.exitCode = await deploy(process.argv.slice(2), tools);
}
