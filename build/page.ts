// Builds the page of the playground: one script, one style sheet, and static pages. build/bundle.ts writes it, the local
// run keeps it in memory.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { completionModels } from '../lib/core/models.ts';
import type { Catalog } from '../playground/catalog/catalog.ts';
import { errorPages } from '../playground/view/error-pages.ts';
import { readErrors } from './page/read-errors.ts';
import { readParameters } from './page/read-parameters.ts';
import { writeErrorPage } from './page/write-error-page.ts';

/** The files of the page by name. */
export type Page = ReadonlyMap<string, string>;

/**
 * Builds the page.
 *
 * @param projectDirectory holds playground/ and docs/. Default: this project.
 * @throws esbuild's BuildFailure when the page does not compile.
 */
export async function buildPage(
  projectDirectory: string = fileURLToPath(new URL('..', import.meta.url)),
): Promise<Page> {
  const catalog: Catalog = {
    parameters: readParameters(),
    errors: readErrors(projectDirectory),
    models: completionModels,
  };
  const { outputFiles } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: { app: 'playground/main.tsx', 'app-style': 'playground/style/page.css' },
    outdir: 'page',
    write: false,
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    // The first that know light-dark() of CSS.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { BUILT_CATALOG: JSON.stringify(catalog) },
    tsconfigRaw: {},
    legalComments: 'none',
    logLevel: 'warning',
  });
  const read = (name: string): string => readFileSync(join(projectDirectory, 'playground', name), 'utf8');
  return new Map([
    ['index.html', read('page.html')],
    ['icon.svg', read('icon.svg')],
    ...outputFiles.map(({ path, text }): [string, string] => [basename(path).replace('-style', ''), text]),
    ...(['en', 'zh'] as const).map((language): [string, string] => [
      errorPages[language],
      writeErrorPage(catalog.errors, language),
    ]),
  ]);
}
