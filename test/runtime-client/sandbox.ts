// A sandbox: the runtime client in a process of its own, started as Lambda starts it, with one function in it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Invocation } from './invocation.ts';
import { startRuntimeApi } from './runtime-api.ts';

export interface SandboxOptions {
  /** Where the archive was unpacked. */
  readonly taskRoot: string;
  /** As in the template, e.g. `dist/completion/index.handler`. */
  readonly handler: string;
  readonly functionName: string;
  readonly memoryMb: number;
  /** How long an invocation may take. */
  readonly timeoutMs: number;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Further arguments of Node.js, before the script. */
  readonly nodeArguments?: readonly string[];
  /** Whether the process can be sent messages, for a script that the arguments load. Default: false. */
  readonly hasChannel?: boolean;
}

export interface Sandbox {
  readonly process: ChildProcess;
  /** Resolves when the function has been loaded; rejects with InitError when it cannot be. */
  readonly initialised: Promise<void>;
  /** @param timeoutMs Default: the function's. */
  invoke(event: unknown, timeoutMs?: number): Invocation;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when a text has been printed; what is printed may come after the answer. */
  printed(text: string): Promise<void>;
  close(): Promise<void>;
}

const root = new URL('../../tools/ric/node_modules/aws-lambda-ric/', import.meta.url);

/** Whether the runtime client is installed, its native part included. */
export const isRuntimeClientInstalled = existsSync(new URL('rapid-client.node', root));

const region = 'us-east-1';

/** Starts the process; what is invoked waits until the function has been loaded. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { taskRoot, memoryMb, functionName } = options;
  const functionArn = `arn:aws:lambda:${region}:123456789012:function:${functionName}`;
  const runtimeApi = await startRuntimeApi({ functionArn, onTimeout: () => child.kill('SIGKILL') });
  const script = fileURLToPath(new URL('index.mjs', root));
  const child = spawn(process.execPath, [...memoryArguments(memoryMb), ...(options.nodeArguments ?? []), script], {
    cwd: taskRoot,
    env: { ...createLambdaEnvironment(options, runtimeApi.address), ...options.environment },
    // A channel makes Node.js load more at its start than Lambda does.
    stdio: ['ignore', 'pipe', 'pipe', ...(options.hasChannel === true ? (['ipc'] as const) : [])],
  });
  const exited = once(child, 'exit').then(() => runtimeApi.processEnded());
  let output = '';
  const printing = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part: Buffer) => {
      output += part.toString();
      printing.emit('more');
    });
  }
  return {
    process: child,
    initialised: runtimeApi.initialised,
    invoke: (event, timeoutMs = options.timeoutMs) => runtimeApi.invoke(event, timeoutMs),
    output: () => output,
    printed: async (text) => {
      while (!output.includes(text)) await once(printing, 'more');
    },
    close: async () => {
      child.kill('SIGKILL');
      await exited;
      await runtimeApi.close();
    },
  };
}

/** What the managed runtime gives Node.js of a function's memory: 6 and 116 MB of 128. */
function memoryArguments(memoryMb: number): readonly string[] {
  const newSpaceMb = Math.floor(memoryMb / 10);
  return [
    '--expose-gc',
    '--max-http-header-size=81920',
    `--max-semi-space-size=${Math.floor(newSpaceMb / 2)}`,
    `--max-old-space-size=${memoryMb - newSpaceMb}`,
  ];
}

/**
 * The variables that every function finds, and no other: nothing of the machine's own settings may decide a test.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function createLambdaEnvironment({ taskRoot, handler, functionName, memoryMb }: SandboxOptions, address: string) {
  return {
    _HANDLER: handler,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_REGION: region,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    LAMBDA_RUNTIME_DIR: fileURLToPath(root),
    LAMBDA_TASK_ROOT: taskRoot,
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
  };
}
