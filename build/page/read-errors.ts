// Every error with its meaning and cure: the numbers from the error table, the words from the documentation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorEntry } from '../../playground/catalog/catalog.ts';

/** Reads the errors in the order of the table. What is missing in Chinese is English. */
export function readErrors(projectDirectory: string): readonly ErrorEntry[] {
  const english = readMeanings(join(projectDirectory, 'docs', 'errors.md'));
  const chinese = readMeanings(join(projectDirectory, 'docs', 'zh-CN', 'errors.md'));
  return Object.entries(errorTable).map(([code, { status, errorCode, retryable }]) => {
    const en = english.get(code) ?? '';
    return { code, status, errorCode, isRetryable: retryable, text: { en, zh: chinese.get(code) ?? en } };
  });
}

/** The last column of the tables by the code in the first. */
function readMeanings(path: string): ReadonlyMap<string, string> {
  const rows = readFileSync(path, 'utf8').matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm);
  return new Map([...rows].map(([, code = '', text = '']) => [code, plain(text)]));
}

/** The text of a cell without its marks, and without what refers to other documents: the page has none. */
function plain(markdown: string): string {
  const own = markdown.replaceAll(/\s*(?:See |见 )\[[^\]]+\]\([\w/-]+\.md\S*\)[.。]/g, '');
  return own.replaceAll('`', '').replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}
