// Runs `node local/main.ts` as a user does, on free ports, or a single sandbox of the completion function beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { functionNames, secretIds } from '../../local/handler-environment.ts';
import { stateTable } from '../../local/seed-state-table.ts';
import { readReport } from '../build/openapi/read-report.ts';

export interface RunningProcess {
  readonly url: string;
  /** Everything printed so far, standard error included. */
  output(): string;
  /**
   * Sends SIGTERM and resolves with the exit code. Rejects when the gateway gave a response that docs/openapi.json does
   * not describe.
   */
  stop(): Promise<number | null>;
  /** Sends SIGKILL: nothing is finished and nothing given back. Rejects as stop() does. */
  kill(): Promise<void>;
}

export interface LocalRun extends RunningProcess {
  /** Undefined when another upstream was asked for. */
  readonly simulatorUrl: string | undefined;
  readonly awsUrl: string;
}

/** Tells this process of every response, so that each is compared with the OpenAPI document. */
const reporter = new URL('../build/openapi/report-responses.ts', import.meta.url).href;

type Environment = Readonly<Record<string, string>>;

/** Starts the local run and waits until it serves. */
export async function startLocalRun(environment: Environment = {}): Promise<LocalRun> {
  const ports = { PORT: '0', SIMULATOR_PORT: '0', AWS_PORT: '0' };
  const running = await startProcess('../../local/main.ts', { ...ports, ...environment });
  const find = (pattern: RegExp): string | undefined => pattern.exec(running.output())?.[1];
  return {
    ...running,
    simulatorUrl: find(/simulator at (http:\S+)/),
    awsUrl: find(/AWS: .*?(http:\/\/127\.0\.0\.1:\d+)$/m) ?? '',
  };
}

/** Starts the AWS emulation alone, for what is to outlive a local run. */
export function startAwsProcess(): Promise<RunningProcess> {
  return startProcess('../../local/aws-emulation/main.ts', { AWS_PORT: '0' }, { isGateway: false });
}

/** Starts a sandbox of the completion function that shares simulator, secrets and refresh function with a local run. */
export function startSandbox({ simulatorUrl = '', awsUrl }: LocalRun): Promise<RunningProcess> {
  return startProcess('./sandbox-main.ts', {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    QIANFAN_BASE_URL: simulatorUrl,
    CLIENTS_SECRET_ID: secretIds.clients,
    TOKEN_SECRET_ID: secretIds.token,
    TOKEN_REFRESH_FUNCTION: functionNames.tokenRefresh,
    STATE_TABLE: stateTable,
  });
}

/**
 * Starts a script, named from here, and waits for its `ready` line; rejects with the output when the process ends before.
 * `isGateway`: whether what it answers is to be as the OpenAPI document says.
 */
export async function startProcess(
  script: string,
  environment: Environment,
  { isGateway } = { isGateway: true },
): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['--import', reporter, fileURLToPath(new URL(script, import.meta.url))], {
    // Nothing of the machine's own settings may decide a test.
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const report = readReport(child.stdio[3] as Readable);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let output = '';
  const ready = new Promise<string>((resolve) => {
    const collect = (part: Buffer): void => {
      output += part.toString();
      const url = /^ready (http:\S+)$/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  });
  const failed = exited.then(() => {
    throw new Error(`${script} ended before it was ready:\n${output}`);
  });
  const url = await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  const checkResponses = async (): Promise<void> => {
    if (isGateway) await report.check(Number(new URL(url).port));
  };
  return {
    url,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      const [exitCode] = await exited;
      await checkResponses();
      return exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      await checkResponses();
    },
  };
}
