// The ids that answers of both sides carry.
import { randomBytes } from 'node:crypto';

/** A fresh id shaped `as-<10 hex>`. */
export function createAnswerId(): string {
  return `as-${randomBytes(5).toString('hex')}`;
}
