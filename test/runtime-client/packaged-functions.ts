// The archives that `serverless package` makes of this project, unpacked: made once for all tests that run them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashFiles, keepDirectory } from '../package/keep-directory.ts';
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

/** Packages the project as it is now, or finds what an earlier test has packaged of the same sources. */
export async function readPackagedFunctions(): Promise<PackagedFunctions> {
  const directory = await keepDirectory(cache, hashFiles(project, sources), packageFunctions);
  return {
    template: JSON.parse(readFileSync(join(directory, 'template.json'), 'utf8')) as Template,
    taskRootOf: (name) => join(directory, name),
    archiveOf: (name) => join(directory, `${name}.zip`),
  };
}

async function packageFunctions(directory: string): Promise<void> {
  const copy = copyProject();
  try {
    const packaged = await copy.packageService();
    for (const name of readFunctionNames()) {
      const archive = join(packaged.directory, basename(lambdaFunctionOf(packaged.template, name).Code.S3Key));
      unpack(archive, directory, name);
    }
    writeFileSync(join(directory, 'template.json'), JSON.stringify(packaged.template));
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
