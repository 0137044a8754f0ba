// A directory in which `npm run batch` is run as a user does, with its input and its output.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reaction } from './start-queues.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly error: string }>;
}

export interface Workspace {
  readonly directory: string;
  /** Starts the command in the directory; in.jsonl and out.jsonl are its files here. */
  start(parameters: readonly string[], environment?: Environment): Command;
  run(parameters: readonly string[], environment?: Environment): Command['ended'];
  /** Writes a line for each text, and for each value as JSON. */
  writeInput(lines: readonly unknown[]): void;
  readOutput(): readonly unknown[];
  /** Empty when there is none. */
  readJournal(): string;
  /** Kills what still runs and removes the directory. */
  remove(): Promise<void>;
}

const script = fileURLToPath(new URL('../../../cli/batch.ts', import.meta.url));

/** What the AWS SDK needs to find in its environment. */
export const stageKeys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

/** @param port Of the local run that the command finds, unless its environment is another. */
export function createWorkspace(port: number): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-batch-'));
  const commands = new Set<Command>();
  const start: Workspace['start'] = (parameters, environment = { AWS_PORT: String(port) }) => {
    const child = spawn(process.execPath, [script, ...parameters], {
      cwd: directory,
      // No AWS settings of this machine are found: neither files at home nor a metadata service.
      env: { PATH: process.env['PATH'], HOME: directory, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let error = '';
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (error += part.toString()));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, error }));
    const command = { child, ended };
    commands.add(command);
    return command;
  };
  return {
    directory,
    start,
    run: (parameters, environment) => start(parameters, environment).ended,
    writeInput: (inputLines) => {
      const texts = inputLines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      writeFileSync(join(directory, 'in.jsonl'), texts.map((text) => `${text}\n`).join(''));
    },
    readOutput: () => {
      const text = readFileSync(join(directory, 'out.jsonl'), 'utf8');
      if (!text.endsWith('\n')) throw new Error('The output does not end with a whole line');
      const texts = text.trimEnd().split('\n');
      return texts.map((line) => JSON.parse(line) as unknown);
    },
    readJournal: () => {
      const path = join(directory, 'out.jsonl.journal');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    },
    remove: async () => {
      for (const { child, ended } of commands) {
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(directory, { recursive: true });
    },
  };
}

/** A message of Contracts. */
export function createLine(number: number) {
  return { id: `line-${number}`, model: 'StarCoder', prompt: `prompt ${number}` };
}

/** What the output has for it when the worker succeeds. */
export function createAnswer(number: number) {
  return { id: `line-${number}`, status: 'succeeded', completion: { result: `prompt ${number}` } };
}

export function lines(howMany: number) {
  return Array.from({ length: howMany }, (_, index) => createLine(index + 1));
}

export function answers(howMany: number) {
  return Array.from({ length: howMany }, (_, index) => createAnswer(index + 1));
}

/** Answers with the prompt, in the form of the message. */
export function succeed({ id, custom_id: customId, prompt, metadata }: Readonly<Record<string, unknown>>): Reaction {
  const result =
    customId === undefined
      ? { id, status: 'succeeded', completion: { result: prompt }, ...(metadata !== undefined && { metadata }) }
      : { id: 'batch_req_1', custom_id: customId, response: { status_code: 200, body: {} }, error: null };
  return { results: [result] };
}
