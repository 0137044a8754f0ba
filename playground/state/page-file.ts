// Where the files of the page are.
import { gatewayOf } from './gateway-of.ts';

/** The address of a file of the page. */
export function pageFile(name: string): string {
  return `${gatewayOf(location)}/playground/${name}`;
}
