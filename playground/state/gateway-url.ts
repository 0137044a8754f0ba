// Where the gateway and the files of the page are, asked of the browser and of the page's server.
import { isJsonObject } from '../../lib/json.ts';
import { gatewayOf } from './gateway-of.ts';

/** Asks the page's server for another address. Undefined: there is none. */
export async function readGatewayUrl(): Promise<string | undefined> {
  try {
    const response = await fetch(pageFile('settings.json'), { credentials: 'omit' });
    const settings: unknown = await response.json();
    const url = isJsonObject(settings) ? settings['gatewayUrl'] : undefined;
    return typeof url === 'string' ? url : undefined;
  } catch {
    // A page from a plain file server has no settings.
    return undefined;
  }
}

/** The address of a file of the page. */
export function pageFile(name: string): string {
  return `${gatewayOf(location)}/playground/${name}`;
}
