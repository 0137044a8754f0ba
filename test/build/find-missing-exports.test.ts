// A bundle whose code would get undefined from an import() is not built.
import { findMissingExports } from '../../build/find-missing-exports.ts';
import { createProbeProject } from './create-probe-project.ts';
import type { ProbeProject } from './create-probe-project.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the build', () => {
  let project: ProbeProject | undefined;

  afterEach(() => project?.remove());

  it('names what a chunk does not export of the CommonJS module in it', async () => {
    project = createProbeProject({
      'functions/probe.ts': `const handler = async () => (await import(${JSON.stringify('../lib/legacy.cjs')})).second;
        export { handler };`,
      'lib/legacy.cjs': 'exports.first = 1; exports.second = 2;',
    });
    const failure = /^dist\/probe: import\(\) would not find .*second of lib\/legacy\.cjs \(legacy-\w+\.mjs\)/;
    await expect(project.build()).rejects.toThrow(failure);
  });

  it('takes an ES module, whose names esbuild exports', async () => {
    project = createProbeProject({
      'functions/probe.ts': `export const handler = async () => (await import('../lib/modern.ts')).second;`,
      'lib/modern.ts': 'export const first = 1; export const second = 2;',
    });
    await project.build();
    expect(await project.run()).toBe(2);
  });
});

describe('the chunk of a module of Node.js', () => {
  const directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-chunks-'));

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const findMissing = async (chunk: string, code: string) => {
    writeFileSync(join(directory, chunk), code);
    const output = { bytes: code.length, inputs: {}, imports: [], exports: [], entryPoint: 'builtin:node:os' };
    return findMissingExports(directory, { inputs: {}, outputs: { [`dist/probe/${chunk}`]: output } }, directory);
  };

  it('is not whole with nothing but a default export', async () => {
    const [missing] = await findMissing('node_os-A.mjs', 'export default process.getBuiltinModule("node:os");');
    expect(missing).toMatchObject({ chunk: 'node_os-A.mjs', module: 'node:os' });
    expect(missing?.names).toContain('cpus');
    expect(missing?.names).not.toContain('default');
  });

  it('is whole when it exports what the module does', async () => {
    expect(await findMissing('node_os-B.mjs', 'export * from "node:os"; export { default } from "node:os";')).toEqual(
      [],
    );
  });
});
