// Tables of the stack's parameters against serverless.yml.
import { pages, readCode, readDocument, readRows, readServiceParameters } from './read-document.ts';

const { defaults, byVariable } = readServiceParameters();
const writeNumber = (text: string): string => text.replaceAll(',', '');

describe.each(pages.filter((page) => page.endsWith('/operations.md')))('%s', (page) => {
  const rows = readRows(page, [/^(?:name|名称|参数)$/, /^(?:default|默认值)$/]);
  const parameters = rows.flatMap(([first = '', cell = '']) => readCode(first).map((name) => [name, cell] as const));

  it('has every parameter once', () => {
    expect(parameters.map(([name]) => name).toSorted()).toEqual([...defaults.keys()].toSorted());
  });

  it('gives the defaults that hold', () => {
    const faults = parameters.filter(([name, cell]) => {
      const value = defaults.get(name) ?? '';
      if (value === '') return !/^(?:empty|空)/.test(cell);
      const [first = ''] = cell.split(/[,\uFF0C] *(?=dev|prod)/);
      return writeNumber(readCode(first)[0] ?? first) !== value;
    });
    expect(faults).toEqual([]);
  });

  it.each(['dev', 'prod'])('says what %s has of its own', (stage) => {
    const service = readDocument('serverless.yml');
    const block = new RegExp(`^ {2}${stage}:\n((?: {4}.*\n)+)`, 'm').exec(service)?.[1] ?? '';
    const own = [...block.matchAll(/^ {4}(\w+): (.*)$/gm)].map(([, name = '', value = '']) => `${name}: ${value}`);
    const told = parameters.flatMap(([name, cell]) => {
      const [, value] = new RegExp(`\\b${stage} ([\\d,]*\\d)`).exec(cell) ?? [];
      return value === undefined ? [] : [`${name}: ${writeNumber(value)}`];
    });
    expect(own.length).toBeGreaterThan(0);
    expect(told.toSorted()).toEqual(own.toSorted());
  });
});

it.each(pages.filter((page) => page.endsWith('/sign-in.md')))('%s names the parameter of each variable', (page) => {
  const pairs = readRows(page)
    .filter(([first = '']) => first.startsWith('`OIDC_'))
    .map(([variable = '', parameter = '']) => [readCode(variable)[0], readCode(parameter)[0]]);
  expect(pairs).toEqual([...byVariable].filter(([variable]) => variable.startsWith('OIDC_')));
  expect(pairs).toHaveLength(3);
});
