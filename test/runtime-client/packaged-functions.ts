// The archives that `serverless package` makes of this project, unpacked: made once for all tests that run them.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProject, readFunctionNames } from '../package/package-service.ts';
import { lambdaFunctionOf } from '../package/read-template.ts';
import type { Template } from '../package/read-template.ts';
import { readZip } from './read-zip.ts';

export interface PackagedFunctions {
  readonly template: Template;
  /** Where the archive of functions/<name>.ts was unpacked. */
  taskRootOf(name: string): string;
  /** The archive itself. */
  archiveOf(name: string): string;
}

const project = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(project, 'node_modules', '.cache', 'packaged-functions');
/** What a package is made of. */
const sources = [
  'functions',
  'lib',
  'build',
  'playground',
  'docs/errors.md',
  'docs/zh-CN/errors.md',
  'docs/openapi.json',
  'deploy',
  'serverless.yml',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const keptForMs = 86_400_000;

/** Packages the project as it is now, or finds what an earlier test has packaged of the same sources. */
export async function readPackagedFunctions(): Promise<PackagedFunctions> {
  const directory = join(cache, hashSources());
  if (!existsSync(directory)) await fillCache(directory);
  return {
    template: JSON.parse(readFileSync(join(directory, 'template.json'), 'utf8')) as Template,
    taskRootOf: (name) => join(directory, name),
    archiveOf: (name) => join(directory, `${name}.zip`),
  };
}

function hashSources(): string {
  const hash = createHash('sha256');
  for (const path of sources.map((source) => join(project, source)).filter((source) => existsSync(source))) {
    const files = statSync(path).isFile()
      ? [path]
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.toSorted()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function fillCache(directory: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    const path = join(cache, entry);
    if (Date.now() - statSync(path).mtimeMs > keptForMs) rmSync(path, { recursive: true, force: true });
  }
  const unfinished = mkdtempSync(`${directory}-`);
  const copy = copyProject();
  try {
    const packaged = await copy.packageService();
    for (const name of readFunctionNames()) {
      const archive = join(packaged.directory, basename(lambdaFunctionOf(packaged.template, name).Code.S3Key));
      unpack(archive, unfinished, name);
    }
    writeFileSync(join(unfinished, 'template.json'), JSON.stringify(packaged.template));
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another test was faster.
    if (!existsSync(directory)) throw error;
  } finally {
    copy.remove();
  }
}

function unpack(archive: string, directory: string, name: string): void {
  const zip = readFileSync(archive);
  writeFileSync(join(directory, `${name}.zip`), zip);
  for (const [path, content] of readZip(zip)) {
    const file = join(directory, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
