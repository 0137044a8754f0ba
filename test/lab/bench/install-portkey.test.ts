// What the benchmark installs, without installing it.
import { readFileSync } from 'node:fs';

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly resolved?: string }>>;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../lab/bench/${name}`, import.meta.url), 'utf8'));
}

describe('the package of the benchmark', () => {
  const { dependencies, overrides } = readJson('package.json') as PackageFile;
  const { packages } = readJson('package-lock.json') as LockFile;

  it('locks the versions it pins', () => {
    const pinned = Object.entries({ ...dependencies, ...overrides });
    expect(pinned.map(([name]) => [name, packages[`node_modules/${name}`]?.version])).toEqual(pinned);
  });

  it('names no registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
