// Bundles every functions/<name>.ts for AWS Lambda into dist/<name>/; `npm run build` and packaging run it.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { findMissingExports } from './find-missing-exports.ts';
import { lazyBuiltins } from './lazy-builtins.ts';
import { buildPage } from './page.ts';

export interface BuiltFunction {
  /** The file in functions/ without its extension. */
  readonly name: string;
  /** Absolute; `index.mjs` in it is the entry. */
  readonly outputDirectory: string;
  /** All files of the bundle together, unpacked. */
  readonly totalBytes: number;
  /** esbuild's account of which source went into which chunk. */
  readonly metafile: Metafile;
}

/**
 * Bundles the functions of a project, in the order of their names. The former output of each is removed first.
 *
 * @param projectDirectory holds functions/ and receives dist/. Default: this project.
 * @throws esbuild's BuildFailure when a function does not compile; Error when a bundle lacks a name that its code may import.
 */
export async function buildFunctions(
  projectDirectory: string = fileURLToPath(new URL('..', import.meta.url)),
): Promise<readonly BuiltFunction[]> {
  const fileNames = readdirSync(join(projectDirectory, 'functions')).filter((fileName) => fileName.endsWith('.ts'));
  const built = await Promise.all(
    fileNames.toSorted().map((fileName) => buildFunction(projectDirectory, fileName.slice(0, -'.ts'.length))),
  );
  for (const { name, outputDirectory } of built) {
    if (name === 'playground' && existsSync(join(projectDirectory, 'playground'))) {
      await writePage(projectDirectory, join(outputDirectory, 'page'));
    }
  }
  return built;
}

/** Puts the page beside the function that serves it. */
async function writePage(projectDirectory: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of await buildPage(projectDirectory)) writeFileSync(join(directory, name), content);
}

/**
 * The files ~/.aws/config and ~/.aws/credentials, of which a sandbox has none, as if they were empty. The AWS SDK looks for
 * them before its first call, and loads another part of Node.js for it.
 */
const noProfiles: Plugin = {
  name: 'no-profiles',
  setup: (plugin) => {
    plugin.onLoad({ filter: /[\\/]shared-ini-file-loader[\\/]readFile\.js$/ }, () => ({
      contents: "export const filePromises = {}, fileIntercept = {}, readFile = async () => '';",
    }));
  },
};

async function buildFunction(projectDirectory: string, name: string): Promise<BuiltFunction> {
  const outputDirectory = join(projectDirectory, 'dist', name);
  rmSync(outputDirectory, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: [`functions/${name}.ts`],
    outdir: outputDirectory,
    entryNames: 'index',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    // Without splitting a dynamic import would be evaluated with the entry, and the AWS SDK with every cold start.
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    // The platform's default prefers `main`, which is CommonJS in the AWS SDK and cannot be shaken: half as big again.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': './build/environment-credentials.ts',
      '@smithy/core/event-streams': './build/no-event-streams.ts',
    },
    plugins: [lazyBuiltins, noProfiles],
    metafile: true,
    logLevel: 'warning',
  });
  removeUnreachable(metafile, projectDirectory, `dist/${name}/index.mjs`);
  const missing = await findMissingExports(outputDirectory, metafile, projectDirectory);
  if (missing.length > 0) {
    const list = missing.map(({ chunk, module, names }) => `${names.join(', ')} of ${module} (${chunk})`);
    throw new Error(`dist/${name}: import() would not find ${list.join('; ')}`);
  }
  const totalBytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  return { name, outputDirectory, totalBytes, metafile };
}

/** Removes the chunks of code that was dropped: esbuild writes them all the same. */
function removeUnreachable({ outputs }: Metafile, projectDirectory: string, entry: string): void {
  const reachable = new Set([entry]);
  for (const path of reachable) {
    for (const { path: imported, external } of outputs[path]?.imports ?? []) if (!external) reachable.add(imported);
  }
  for (const path of Object.keys(outputs).filter((output) => !reachable.has(output))) {
    rmSync(join(projectDirectory, path));
    delete outputs[path];
  }
}

if (import.meta.main) {
  for (const { name, totalBytes, metafile } of await buildFunctions()) {
    const fileCount = Object.keys(metafile.outputs).length;
    console.log(`dist/${name}: ${totalBytes} bytes in ${fileCount} ${fileCount === 1 ? 'file' : 'files'}`);
  }
}
