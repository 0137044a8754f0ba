// Installs Portkey's gateway when the benchmark runs; nothing else in the project needs it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('.', import.meta.url));
const packageName = '@portkey-ai/gateway';

/**
 * Runs `npm ci` if the installed version is not the one in package.json, and prints that it does.
 *
 * @returns the version.
 * @throws Error when npm fails.
 */
export function installPortkey(tell: (line: string) => void): string {
  const { dependencies, overrides } = readJson('package.json');
  const asked = Object.entries({ ...dependencies, ...overrides });
  const isInstalled = asked.every(([name, version]) => readInstalledVersion(name) === version);
  if (!isInstalled) {
    tell('installing what is compared: npm ci --prefix bench');
    const { status, error } = spawnSync('npm', ['ci', '--prefix', directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error('npm ci --prefix bench failed', { cause: error });
  }
  return dependencies?.[packageName] ?? '';
}

interface PackageJson {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

function readJson(path: string): PackageJson {
  return JSON.parse(readFileSync(`${directory}${path}`, 'utf8')) as PackageJson;
}

function readInstalledVersion(name: string): string | undefined {
  try {
    return readJson(`node_modules/${name}/package.json`).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
