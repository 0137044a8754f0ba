// Values as Python writes them.
import type { JsonValue } from '../call/body.ts';
import { quote } from './sample.ts';

/** Writes a value on one line. */
export function writePython(value: JsonValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (isList(value)) return `[${value.map(writePython).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, item]) => `${quote(name)}: ${writePython(item)}`)
    .join(', ')}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
