// The Chinese pages against the English ones: same headings, code, tables and figures, and no link that leads nowhere.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(join(root, 'docs/zh-CN')).filter((name) => name.endsWith('.md'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Page {
  /** As written, with the signs before it: `## Settings`. */
  readonly headings: readonly string[];
  /** Code between fences, with the fence that opens it, and without comment lines. */
  readonly blocks: readonly string[];
  /** Code that is indented by four spaces: the formulas. */
  readonly formulas: readonly string[];
  /** Tables as rows of cells, without the line of dashes. */
  readonly tables: readonly (readonly (readonly string[])[])[];
  /** All that is neither code nor a formula. */
  readonly prose: string;
}

/** Reads what a page is made of. The pages fence code with three backticks only, and indent no list by four spaces. */
function parsePage(markdown: string): Page {
  const blocks: string[][] = [];
  const tables: string[][][] = [];
  const formulas: string[] = [];
  const prose: string[] = [];
  let block: string[] | undefined;
  let table: string[][] | undefined;
  for (const line of markdown.split('\n')) {
    const text = line.trim();
    if (text.startsWith('```')) {
      if (block === undefined) blocks.push((block = [text]));
      else block = undefined;
    } else if (block !== undefined) {
      if (!text.startsWith('#')) block.push(line);
    } else if (line.startsWith('    ')) {
      formulas.push(line);
    } else {
      prose.push(line);
      if (!text.startsWith('|')) table = undefined;
      else if (table === undefined) tables.push((table = [splitRow(text)]));
      else if (!/^[-:|\s]+$/.test(text)) table.push(splitRow(text));
    }
  }
  return {
    headings: prose.filter((line) => /^#+ /.test(line)),
    blocks: blocks.map((lines) => lines.join('\n')),
    formulas,
    tables,
    prose: prose.join('\n'),
  };
}

/** Drops what `npm run bench -- --write` puts into the English page: the Chinese page links it, as a copy would drift. */
const dropResults = (markdown: string): string =>
  markdown.replace(/<!-- results of npm run bench -->.*<!-- end of results -->/s, '');

/** The cells of a row; a bar inside of code divides none. */
const splitRow = (row: string): string[] =>
  [...row.slice(1).matchAll(/((?:`[^`]*`|[^|`])*)\|/g)].map(([, cell = '']) => cell.trim());

/** What stands in backticks. */
const codeOf = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The numbers that are written in digits and are no part of code or of a name, in any order. */
const figuresOf = (cell: string): readonly string[] =>
  [...cell.replaceAll(/`[^`]*`|\]\([^)]*\)/g, ' ').matchAll(/(?<![\w.])\d+(?:[,.]\d+)*/g)]
    .map(([figure]) => figure)
    .toSorted();

/** Where the links of a page lead, with their fragments; examples in code are none. */
const linksOf = ({ prose }: Page): readonly string[] =>
  [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** The fragment by which GitHub names a heading. */
const fragmentOf = (heading: string): string =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/** Returns the relative links of a page that lead to no file, or to no heading of it. */
function findBrokenLinks(path: string): readonly string[] {
  return linksOf(parsePage(read(path))).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', fragment] = link.split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file);
    if (!existsSync(join(root, target))) return true;
    return fragment !== undefined && !parsePage(read(target)).headings.map(fragmentOf).includes(decodeURI(fragment));
  });
}

it('has pages in Chinese', () => {
  expect(names.length).toBeGreaterThan(10);
});

describe.each(names)('docs/zh-CN/%s', (name) => {
  const path = `docs/zh-CN/${name}`;
  const english = parsePage(existsSync(join(root, 'docs', name)) ? dropResults(read(`docs/${name}`)) : '');
  const chinese = parsePage(read(path));

  it('is linked with its English page, right under the titles', () => {
    expect(chinese.prose.split('\n').slice(1, 4)).toEqual(['', `[English](../${name})`, '']);
    expect(english.prose.split('\n').slice(1, 4)).toEqual(['', `[中文](zh-CN/${name})`, '']);
  });

  it('has the same levels of headings in the same order', () => {
    const levels = ({ headings }: Page): readonly string[] => headings.map((heading) => heading.replace(/ .*/, ''));
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('has the same code, but for comments', () => {
    expect(chinese.blocks).toEqual(english.blocks);
    expect(chinese.formulas).toEqual(english.formulas);
  });

  it('has the same tables: as many rows and cells, the same keys in code, the same figures', () => {
    const shape = ({ tables }: Page): unknown =>
      tables.map((table) =>
        table.map((row) => ({ keys: codeOf(row[0] ?? ''), figures: row.map((cell) => figuresOf(cell)) })),
      );
    expect(shape(chinese)).toEqual(shape(english));
  });

  it('has no relative link that leads nowhere', () => {
    expect(findBrokenLinks(path)).toEqual([]);
  });

  it('leads to the Chinese page where there is one', () => {
    const others = names.filter((other) => other !== name).map((other) => `../${other}`);
    expect(linksOf(chinese).filter((link) => others.includes(link.replace(/#.*/, '')))).toEqual([]);
  });
});

it.each(['README.zh-CN.md', ...names.map((name) => `docs/${name}`)])(
  'has no relative link that leads nowhere: %s',
  (path) => {
    expect(findBrokenLinks(path)).toEqual([]);
  },
);
