// What is in the archives: little, and nothing that is never loaded.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readFunctionNames } from '../package/package-service.ts';
import { readPackagedFunctions } from './packaged-functions.ts';
import type { PackagedFunctions } from './packaged-functions.ts';

let packaged: PackagedFunctions;

beforeAll(async () => {
  packaged = await readPackagedFunctions();
}, 60_000);

const directoryOf = (name: string): string => join(packaged.taskRootOf(name), 'dist', name);

/** The files that the entry loads or can load later, itself included. */
function findReachable(directory: string): readonly string[] {
  const reachable = new Set(['index.mjs']);
  for (const file of reachable) {
    const code = readFileSync(join(directory, file), 'utf8');
    // Every specifier of a static or dynamic import that names a file; a few more strings do no harm.
    for (const [, name = ''] of code.matchAll(/["'`]\.\/([\w.-]+\.mjs)["'`]/g)) reachable.add(basename(name));
  }
  return [...reachable].toSorted((a, b) => a.localeCompare(b));
}

describe('the archive of completion', () => {
  it('is at most 250 KB', () => {
    expect(statSync(packaged.archiveOf('completion')).size).toBeLessThanOrEqual(250_000);
  });
});

describe.each(readFunctionNames())('the archive of %s', (name) => {
  it('holds no file that is never loaded', () => {
    const files = readdirSync(directoryOf(name)).toSorted((a, b) => a.localeCompare(b));
    expect(files).toEqual(findReachable(directoryOf(name)));
  });

  it('holds no source map, which would be three times the code', () => {
    const code = readdirSync(directoryOf(name)).map((file) => readFileSync(join(directoryOf(name), file), 'utf8'));
    expect(code.filter((text) => text.includes('sourceMappingURL'))).toEqual([]);
  });
});
