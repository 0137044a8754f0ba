// Asks the page's server for its settings.
import { pageFile } from './page-file.ts';
import { parsePageSettings } from './page-settings.ts';
import type { PageSettings } from './page-settings.ts';

/** Asks the page's server. A page from a plain file server has no settings. */
export async function readPageSettings(): Promise<PageSettings> {
  try {
    const response = await fetch(pageFile('settings.json'), { credentials: 'omit' });
    return parsePageSettings(await response.json());
  } catch {
    return parsePageSettings(undefined);
  }
}
