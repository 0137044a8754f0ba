// Wires the function that serves the playground. It reads its own files and knows no secret.
import type { PlaygroundConfig } from '../config/shape.ts';
import type { HttpHandler } from '../core/http.ts';
import { createPageFiles } from '../playground/page-files.ts';
import { createPageHandler } from '../playground/serve-page.ts';
import type { PageOptions } from '../playground/serve-page.ts';

/**
 * Wires the function that serves the playground.
 *
 * @param files the directory of the built page, as a URL that ends in a slash, or a reader of files that are elsewhere.
 */
export function createPlaygroundApp(
  { gatewayUrl, hasDemoClient = false }: Pick<PlaygroundConfig, 'gatewayUrl'> & Pick<PageOptions, 'hasDemoClient'>,
  files: URL | ((name: string) => Promise<string | undefined>),
): HttpHandler {
  return createPageHandler({
    readFile: files instanceof URL ? createPageFiles(files) : files,
    gatewayUrl,
    hasDemoClient,
  });
}
