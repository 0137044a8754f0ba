// The documents as the tests read them: pages, their tables and their commands.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** Every page, from the root of the project, with forward slashes. */
export const pages: readonly string[] = globSync('**/*.md', {
  cwd: fileURLToPath(root),
  exclude: (name) => /^(?:node_modules|dist|coverage|\.\w.*)$/.test(name),
})
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted();

/** The pages that are written in both languages, English first. */
export const translations: readonly (readonly [string, string])[] = [
  ['README.md', 'README.zh-CN.md'],
  ...pages
    .filter((page) => page.startsWith('docs/zh-CN/'))
    .map((page) => [page.replace('docs/zh-CN/', 'docs/'), page] as const),
];

export function readDocument(page: string): string {
  return readFileSync(new URL(page, root), 'utf8');
}

/** The cells of the rows that begin with code, of the tables whose head begins as told; default: of all. */
export function readRows(page: string, head: readonly RegExp[] = []): readonly (readonly string[])[] {
  const tables = [...readDocument(page).matchAll(/(?:^ *\|.*\|$\n?)+/gm)].map(([table]) =>
    [...table.matchAll(/^ *\| *(.*?) *\|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim())),
  );
  return tables
    .filter(([first = []]) => head.every((pattern, index) => pattern.test(first[index] ?? '')))
    .flatMap((rows) => rows.filter(([cell = '']) => cell.startsWith('`')));
}

/** What stands between backquotes. */
export function readCode(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** The shell blocks of a page, in their order, without the margin they have in a list. */
export function readCommands(page: string): string[] {
  return [...readDocument(page).matchAll(/^( *)```sh\n(.*?)^\1```$/gms)].map(([, margin = '', block = '']) =>
    block.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
  );
}

/** What the stack's parameters are by default, and the parameter of each variable, as serverless.yml has them. */
export function readServiceParameters(): {
  readonly defaults: ReadonlyMap<string, string>;
  readonly byVariable: ReadonlyMap<string, string>;
} {
  const service = readDocument('serverless.yml');
  const block = /^ {2}default:\n(.*?)^ {2}\w+:$/ms.exec(service)?.[1] ?? '';
  const lines = [...block.matchAll(/^ {4}(\w+): (.*)$/gm)];
  const variables = [...service.matchAll(/^ +([A-Z][A-Z_]+): \$\{param:(\w+)\}$/gm)];
  return {
    defaults: new Map(lines.map(([, name = '', value = '']) => [name, value.replaceAll(/^'|'$/g, '')])),
    byVariable: new Map(variables.map(([, variable = '', name = '']) => [variable, name])),
  };
}
