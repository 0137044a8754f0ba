// A project of one function, to be built as ours is and run in a process of its own.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildFunctions } from '../../build/bundle.ts';

export interface ProbeProject {
  /** Builds it; see buildFunctions. */
  build(): Promise<void>;
  /** Loads the bundle, calls its handler, and reads what that returns, which has to be JSON. */
  run(): Promise<unknown>;
  remove(): void;
}

/** @param files By their path; `functions/probe.ts` exports an async `handler`. */
export function createProbeProject(files: Readonly<Record<string, string>>): ProbeProject {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-probe-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const entry = pathToFileURL(join(directory, 'dist', 'probe', 'index.mjs')).href;
  const script = `const { handler } = await import(${JSON.stringify(entry)}); console.log(JSON.stringify(await handler()));`;
  return {
    build: async () => void (await buildFunctions(directory)),
    run: async () => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
      return JSON.parse(stdout) as unknown;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
