// The ids of answers, the same on both sides.
import { randomBytes } from 'node:crypto';

/** Creates an id of the form `as-<10 hex>`. */
export function createAnswerId(): string {
  return `as-${randomBytes(5).toString('hex')}`;
}
