// Links between the pages of this project lead somewhere.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { pages, readDocument } from './read-document.ts';

/** Drops what is code. */
const proseOf = (page: string): string =>
  readDocument(page)
    .replaceAll(/^( *)(```+).*?^\1\2$/gms, '')
    .replaceAll(/(`+)[^`].*?\1/g, '');

/** The anchors of a page, as GitHub makes them of its headings. */
function findAnchors(page: string): ReadonlySet<string> {
  const headings = readDocument(page)
    .replaceAll(/^( *)(```+).*?^\1\2$/gms, '')
    .matchAll(/^#+ (.+)$/gm);
  const seen = new Map<string, number>();
  const anchors = [...headings].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(anchors);
}

/** Targets within the project: of links, of link definitions and of images. */
function findTargets(page: string): string[] {
  const prose = proseOf(page);
  const found = [
    ...prose.matchAll(/\]\(<?([^)\s>]+)/g),
    ...prose.matchAll(/^\[[^\]]+\]: +(\S+)/gm),
    ...prose.matchAll(/(?:src|srcset|href)="([^"\s]+)/g),
  ];
  return found.map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** Says why a target is none; undefined when it is one. */
function findFault(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
  if (file.startsWith('..') || !existsSync(new URL(`../../${file}`, import.meta.url))) return `no file: ${target}`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return findAnchors(file).has(decodeURIComponent(anchor)) ? undefined : `no heading: ${target}`;
}

it('there are pages and links to check, in both languages', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'README.zh-CN.md', 'docs/errors.md', 'examples/README.md']),
  );
  expect(findTargets('README.md').length).toBeGreaterThan(20);
  expect(findTargets('README.md')).toContain('docs/operations.md#parameters');
  expect(findFault('README.md', 'docs/nowhere.md')).toBe('no file: docs/nowhere.md');
  expect(findFault('README.md', 'docs/operations.md#nowhere')).toBe('no heading: docs/operations.md#nowhere');
});

it.each(pages)('%s links to files and headings that are there', (page) => {
  const faults = findTargets(page).map((target) => findFault(page, target));
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
});
