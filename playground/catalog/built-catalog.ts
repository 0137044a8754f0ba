// The catalog that the build puts into the page.
import type { Catalog } from './catalog.ts';

declare const BUILT_CATALOG: Catalog;

export const catalog = BUILT_CATALOG;
