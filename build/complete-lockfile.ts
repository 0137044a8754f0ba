// Adds to package-lock.json the optional platform packages that npm left out of it.
//
// npm writes only those optional dependencies into a lock file that it could fetch. Some registries and mirrors do not
// carry the native bindings of other platforms, and `npm ci` then refuses the lock file ("Missing: … from lock file").
// Run `npm run complete-lockfile` after every change of a dependency; a complete lock file is left as it is.
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface LockFile {
  packages: Record<string, LockedPackage>;
}

const lockFilePath = new URL('../package-lock.json', import.meta.url);
const lockFile = JSON.parse(readFileSync(lockFilePath, 'utf8')) as LockFile;

const operatingSystems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** Reads the platform out of a binding's name, e.g. `@oxlint/binding-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/);
  const os = operatingSystems.find((candidate) => words.includes(candidate));
  const cpu = processors.find((candidate) => words.includes(candidate));
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}),
  };
}

let added = 0;
for (const [path, parent] of Object.entries(lockFile.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const installedAt = `node_modules/${name}`;
    if (lockFile.packages[installedAt] !== undefined || lockFile.packages[`${path}/${installedAt}`] !== undefined) {
      continue;
    }
    lockFile.packages[installedAt] = {
      version,
      ...platformOf(name),
      ...(parent.dev === true ? { dev: true } : {}),
      optional: true,
    };
    added += 1;
  }
}

const sorted = Object.fromEntries(Object.entries(lockFile.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(lockFilePath, `${JSON.stringify({ ...lockFile, packages: sorted }, null, 2)}\n`);
console.log(`package-lock.json: ${added} optional platform packages added`);
