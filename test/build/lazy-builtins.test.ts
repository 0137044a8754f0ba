// What the code of a bundle gets when it imports Node.js's own modules.
import { createProbeProject } from './create-probe-project.ts';
import type { ProbeProject } from './create-probe-project.ts';

const modules = ['node:zlib', 'node:http', 'node:https', 'node:async_hooks', 'node:fs', 'node:assert', 'node:process'];

let project: ProbeProject | undefined;

afterEach(() => project?.remove());

/** What a handler of this body returns from a bundle. */
async function runBundled(body: string, statements = ''): Promise<unknown> {
  project = createProbeProject({
    'functions/probe.ts': `${statements}\nexport const handler = async () => { ${body} };\n`,
  });
  await project.build();
  return project.run();
}

describe('a module of Node.js in a bundle', () => {
  it.each(modules)('has all its names when it comes by import(): %s', async (module) => {
    const body = `const given = await import('${module}');
      return ['default', ...Object.keys(process.getBuiltinModule('${module}'))].filter((name) => !(name in given));`;
    expect(await runBundled(body)).toEqual([]);
  });

  it('can be taken apart when it comes by import()', async () => {
    const body = `const { gzipSync, default: { gunzipSync } } = await import('node:zlib'); return gunzipSync(gzipSync('kept')).toString();`;
    expect(await runBundled(body)).toBe('kept');
  });

  it('is the same by import(), by a chain of then(), and by a statement', async () => {
    const body = `const { gzip } = await import('node:zlib');
      return [gzip === (await import('zlib').then((module) => module.gzip)), gzip === zlib.gzip];`;
    expect(await runBundled(body, `import zlib from 'node:zlib';`)).toEqual([true, true]);
  });

  it.each([
    ['by import()', '', `const { request } = await import('node:http');`],
    ['by a statement', `import { request } from 'node:http';`, ''],
  ])('does not load what nobody has used of it, %s', async (_how, statements, body) => {
    const loaded = `process.moduleLoadList.filter((name) => name.includes('undici'))`;
    expect(await runBundled(`${body} return [typeof request, ...${loaded}];`, statements)).toEqual(['function']);
  });
});
