// Packages a copy of the project the way a deployment does, and returns what would be sent to AWS.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hashFiles, keepDirectory } from './keep-directory.ts';
import { readTemplate } from './read-template.ts';
import type { Template } from './read-template.ts';

/** ParameterValues of serverless.yml as on the command line. */
export type ParameterValues = Readonly<Record<string, string>>;

export interface ProjectCopy {
  readonly directory: string;
  /**
   * Packages without an AWS account, AWS settings or a network. One call at a time: Serverless works in the copy.
   *
   * @param stage default: dev.
   * @throws an error with what was printed when packaging fails.
   */
  readonly packageService: (parameters?: ParameterValues, stage?: string) => Promise<PackagedService>;
  readonly remove: () => void;
}

export interface PackagedService {
  /** Holds the archives, too. */
  readonly directory: string;
  readonly template: Template;
  /** The file the template was read from. */
  readonly templatePath: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where Serverless keeps its compiled configuration schema; without it each packaging would compile it, for two seconds. */
const schemaCache = join(root, 'node_modules', '.cache', 'serverless');

/** What packageVariants has packaged. */
const packagedCache = join(root, 'node_modules', '.cache', 'packaged-variants');

/** What Serverless itself reads. */
const configuration = ['serverless.yml', 'package.json', 'deploy'];

/** Ends a process that reaches for the network, even if the attempt would have been forgiven. */
const offline =
  'data:text/javascript,import net from "node:net"; net.Socket.prototype.connect = () => process.exit(97);';

/** Returns the names of the files in functions/, without their extension: of those that are deployed by default. */
export function readFunctionNames(): readonly string[] {
  return readAllFunctionNames().filter((name) => name !== 'playground');
}

/** Returns the names of all files in functions/, without their extension. */
export function readAllFunctionNames(): readonly string[] {
  const fileNames = readdirSync(join(root, 'functions')).filter((fileName) => fileName.endsWith('.ts'));
  return fileNames.map((fileName) => basename(fileName, '.ts')).toSorted();
}

/** Copies what a deployment is made of to a temporary directory. */
export function copyProject(): ProjectCopy {
  const project = createCopy([
    ...configuration,
    'tsconfig.json',
    'functions',
    'lib',
    'build',
    'docs/openapi.json',
    'docs/errors.md',
    'docs/zh-CN/errors.md',
    'playground',
  ]);
  symlinkSync(join(root, 'node_modules'), join(project.directory, 'node_modules'), 'junction');
  return project;
}

/**
 * Copies what the template is made of. The bundles are not built but empty, so that packaging takes a second: Serverless
 * does not look into them, and there are no node_modules for it to search.
 */
export function copyConfiguration(): ProjectCopy {
  const project = createCopy(configuration);
  mkdirSync(join(project.directory, 'build'));
  writeFileSync(join(project.directory, 'build', 'serverless-plugin.mjs'), 'export default class NoBuildPlugin {}\n');
  for (const name of readAllFunctionNames()) {
    const directory = join(project.directory, 'dist', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.mjs'), '');
  }
  return project;
}

/**
 * Packages the configuration for some sets of parameters, two at a time; `stage` among the parameters is the stage. What was packaged of
 * the same configuration with the same parameters, by whichever test, is not packaged again. A result's directory is shared and only read.
 *
 * @throws an error with what was printed when packaging fails; failures are not kept.
 */
export async function packageVariants<Name extends string>(
  variants: Readonly<Record<Name, ParameterValues>>,
): Promise<Readonly<Record<Name, PackagedService>>> {
  const services: Partial<Record<Name, PackagedService>> = {};
  const configurationHash = hashFiles(root, [
    ...configuration,
    'package-lock.json',
    'functions',
    'test/package/package-service.ts',
  ]);
  const waiting = Object.entries(variants) as [Name, ParameterValues][];
  const work = async (): Promise<void> => {
    for (let variant = waiting.shift(); variant !== undefined; variant = waiting.shift()) {
      const [name, parameters] = variant;
      services[name] = await packageVariant(configurationHash, parameters);
    }
  };
  await Promise.all([work(), work()]);
  return services as Record<Name, PackagedService>;
}

/** Packages like packageVariants and returns the templates alone. */
export async function packageTemplates<Name extends string>(
  variants: Readonly<Record<Name, ParameterValues>>,
): Promise<Readonly<Record<Name, Template>>> {
  const entries = Object.entries<PackagedService>(await packageVariants(variants));
  return Object.fromEntries(entries.map(([name, { template }]) => [name, template])) as Record<Name, Template>;
}

async function packageVariant(
  configurationHash: string,
  { stage, ...parameters }: ParameterValues,
): Promise<PackagedService> {
  const variant = JSON.stringify([stage, Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  const hash = createHash('sha256').update(configurationHash).update(variant).digest('hex').slice(0, 16);
  const directory = await keepDirectory(packagedCache, hash, async (target) => {
    const project = copyConfiguration();
    try {
      const packaged = await project.packageService(parameters, stage);
      cpSync(packaged.directory, target, { recursive: true });
    } finally {
      project.remove();
    }
  });
  return readPackage(directory);
}

function readPackage(directory: string): PackagedService {
  const templatePath = join(directory, 'cloudformation-template-update-stack.json');
  return { directory, templatePath, template: readTemplate(templatePath) };
}

function createCopy(names: readonly string[]): ProjectCopy {
  const project = mkdtempSync(join(tmpdir(), 'qianfan-serverless-package-'));
  for (const name of names) cpSync(join(root, name), join(project, name), { recursive: true });
  mkdirSync(join(project, 'home'));
  let packageCount = 0;
  return {
    directory: project,
    packageService: async (parameters = {}, stage = 'dev') => {
      packageCount += 1;
      const name = `package-${packageCount}`;
      const assignments = Object.entries(parameters).map(([parameter, value]) => `--param=${parameter}=${value}`);
      await runServerless(project, ['package', '--package', name, '--stage', stage, ...assignments]);
      return readPackage(join(project, name));
    },
    remove: () => rmSync(project, { recursive: true, force: true }),
  };
}

async function runServerless(project: string, parameters: readonly string[]): Promise<void> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const serverless = join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  try {
    await promisify(execFile)(process.execPath, ['--import', offline, serverless, ...parameters], {
      cwd: project,
      env: { ...environment, HOME: join(project, 'home'), SLS_SCHEMA_CACHE_BASE_DIR: schemaCache },
    });
  } catch (error) {
    // Serverless says what is wrong on its standard output, which the message of the error leaves out.
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Error(`Packaging failed\n${stdout}`, { cause: error });
  }
}
