// The catalog of the page, made as the build makes it.
import { fileURLToPath } from 'node:url';
import { completionModels } from '../../lib/core/models.ts';
import type { Catalog } from '../../playground/catalog/catalog.ts';
import { readErrors } from '../../build/page/read-errors.ts';
import { readParameters } from '../../build/page/read-parameters.ts';

/** Makes the catalog. */
export function createCatalog(): Catalog {
  return {
    parameters: readParameters(),
    errors: readErrors(fileURLToPath(new URL('../..', import.meta.url))),
    models: completionModels,
  };
}
