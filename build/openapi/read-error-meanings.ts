// What each error means and what helps, as docs/errors.md says it.
import { readFileSync } from 'node:fs';
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';

/**
 * Reads the last column of the tables of docs/errors.md.
 *
 * @throws Error that names the codes without a row.
 */
export function readErrorMeanings(): Readonly<Record<ErrorCode, string>> {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| `(\w+)` \|(?:[^|]*\|){3} (.*) \|$/gm);
  const meanings = new Map([...rows].map(([, code = '', meaning = '']) => [code, meaning]));
  const codes = Object.keys(errorTable) as ErrorCode[];
  const missing = codes.filter((code) => !meanings.has(code));
  if (missing.length > 0) throw new Error(`docs/errors.md has no row of ${missing.join(', ')}`);
  return Object.fromEntries(codes.map((code) => [code, meanings.get(code) ?? ''])) as Record<ErrorCode, string>;
}
