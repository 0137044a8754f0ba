// Runs a block of commands as its reader would paste it, against the ports of one local run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LocalRun } from '../servers/start-local-run.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Ends with an error at the first command that fails. */
const prelude = 'set -eo pipefail\n';

/** Runs commands in one shell of the project's directory and returns what they print. */
export async function pasteCommands(local: LocalRun, commands: string, directory = root): Promise<string> {
  const addressed = commands
    .replaceAll('http://127.0.0.1:8787', local.url)
    .replaceAll('http://127.0.0.1:8788', local.simulatorUrl ?? '')
    .replaceAll('http://127.0.0.1:4566', local.awsUrl);
  // Commands that look for the local run by themselves find it here.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], AWS_ENDPOINT_URL: local.awsUrl };
  const { stdout } = await run('bash', ['-c', prelude + addressed], { env, cwd: directory });
  return stdout;
}

/** The variables that a block such as `NAME='value' npm start` gives to `npm start`, read by a shell. */
export async function readStartVariables(block: string): Promise<Record<string, string>> {
  const print = `'${process.execPath}' --print 'JSON.stringify(process.env)'`;
  const { stdout } = await run('bash', ['-c', block.replace(/\bnpm start\s*$/, print)], { env: {} });
  const names = [...block.matchAll(/([A-Z_]+)=/g)].map(([, name = '']) => name);
  const variables = JSON.parse(stdout) as Record<string, string>;
  return Object.fromEntries(names.map((name) => [name, variables[name] ?? '']));
}
