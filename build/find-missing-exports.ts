// Compares the chunks of a bundle with the modules they stand for.
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';

/** Names that `import()` of a module gives, and `import()` of its chunk does not. */
export interface MissingExports {
  /** The chunk's file name. */
  readonly chunk: string;
  /** The module: `node:zlib`, or a path from the project. */
  readonly module: string;
  /** One at least. */
  readonly names: readonly string[];
}

/**
 * Finds what the code of a bundle would get as undefined from an `import()`. Of ES modules esbuild exports every name. Of
 * CommonJS modules it exports `default` alone, and Node.js's own modules come from a plugin: the chunks of those
 * two kinds are loaded, and so are the modules.
 *
 * @param outputDirectory absolute; holds the chunks.
 * @param metafile esbuild's account of the bundle; its paths begin at `projectDirectory`.
 * @returns nothing when every name is there.
 */
export async function findMissingExports(
  outputDirectory: string,
  { inputs, outputs }: Metafile,
  projectDirectory: string,
): Promise<readonly MissingExports[]> {
  const missing: MissingExports[] = [];
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === undefined) continue;
    // esbuild writes the namespace of a plugin before the path: `builtin:node:zlib`.
    const builtin = /node:[\w/]+$/.exec(entryPoint)?.[0];
    const module = builtin !== undefined && isBuiltin(builtin) ? builtin : entryPoint;
    if (module !== builtin && inputs[entryPoint]?.format !== 'cjs') continue;
    const chunk = basename(path);
    const given = await load(pathToFileURL(join(outputDirectory, chunk)).href);
    const wanted = await load(module === builtin ? module : pathToFileURL(resolve(projectDirectory, module)).href);
    const names = Object.keys(wanted).filter((name) => !(name in given));
    if (names.length > 0) missing.push({ chunk, module, names });
  }
  return missing;
}

async function load(specifier: string): Promise<object> {
  return (await import(specifier)) as object;
}
