// One process of the benchmark: started, waited for, and ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessOptions {
  /** Names the file of its output. */
  readonly name: string;
  /** Where that file is made. */
  readonly directory: string;
  /** What to run, and with which arguments. */
  readonly command: readonly string[];
  /** All of its environment but PATH. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StartedProcess {
  readonly pid: number;
  /** The URL in its line `ready <url>`. */
  readonly url: string;
  /** Everything printed since the start, or since the output was last dropped. */
  output(): string;
  /** Empties the file of its output: the log lines of millions of requests are not needed. */
  dropOutput(): void;
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
const pollIntervalMs = 20;

/**
 * Starts a process and waits until it has printed a line `ready <url>`. Its output goes to a file: we would
 * have to read a pipe during the measurement.
 *
 * @throws Error with its output when it ends, or prints no such line in time.
 */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  const path = join(options.directory, `${options.name}.log`);
  const file = openSync(path, 'a');
  const [program = '', ...parameters] = options.command;
  const child = spawn(program, parameters, {
    // The machine's own settings must not influence a measurement.
    env: { PATH: process.env['PATH'], ...options.environment },
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const isRunning = (): boolean => failure === undefined && child.exitCode === null && child.signalCode === null;
  const kill = (): boolean => child.kill();
  process.once('exit', kill);

  const output = (): string => readFileSync(path, 'utf8');
  const findUrl = (): string | undefined => /^ready (http:\S+)$/m.exec(output())?.[1];
  let url = findUrl();
  for (const startedAtMs = Date.now(); url === undefined; url = findUrl()) {
    if (!isRunning() || Date.now() - startedAtMs > startTimeoutMs) {
      kill();
      throw new Error(`${options.name} did not start:\n${output()}`, { cause: failure });
    }
    await delay(pollIntervalMs);
  }
  return {
    pid: child.pid ?? 0,
    url,
    output,
    dropOutput: () => truncateSync(path),
    stop: async () => {
      process.off('exit', kill);
      if (!isRunning()) return;
      const exited = once(child, 'exit');
      kill();
      await exited;
    },
  };
}
