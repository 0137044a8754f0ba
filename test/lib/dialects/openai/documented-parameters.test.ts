// The parameter lists of docs/openai.md, in both languages, say what the code passes on, refuses and takes for nothing.
import { asksForNothing } from '../../../../lib/dialects/neutral-values.ts';
import { passedParameters } from '../../../../lib/dialects/openai/passed-parameters.ts';
import { completionsBodySchema } from '../../../../lib/dialects/openai/completions-request.ts';
import { readCode, readDocument, readRows } from '../../../documents/read-document.ts';

const groups = [
  ['OpenAI', passedParameters.openai],
  ['vLLM', passedParameters.vllm],
  ['llama.cpp', passedParameters.llamaCpp],
  ['thinking', passedParameters.thinking],
] as const;

/** The names in the second cell of a row whose first begins so. */
function listGroup(page: string, name: string): string[] {
  const row = readDocument(page)
    .split('\n')
    .map((line) => line.split(' | '))
    .find(
      ([first = '', names = '', ...others]) => first === `| ${name}` && names.startsWith('`') && others.length === 0,
    );
  return readCode(row?.[1] ?? '');
}

/** What is written as `name: value`, the value in JSON. */
function listPairs(page: string): readonly (readonly [name: string, value: unknown])[] {
  return [...readDocument(page).matchAll(/`([a-z_]+): ([^`]+)`/g)].map(([, name = '', json = '']) => [
    name,
    JSON.parse(json) as unknown,
  ]);
}

describe.each([
  ['docs/openai.md', /^parameter$/, 'thinking models'],
  ['docs/zh-CN/openai.md', /^参数$/, '思考模型'],
])('%s', (page, head, thinking) => {
  it.each(groups)('lists what is passed on of %s', (name, parameters) => {
    expect(listGroup(page, name === 'thinking' ? thinking : name).toSorted()).toEqual([...parameters].toSorted());
  });

  it('has a row for every parameter of the schema but the model', () => {
    const named = readRows(page, [head]).flatMap(([first = '']) => readCode(first));
    const inner = named.map((name) => name.replace(/\..*/, ''));
    const known = Object.keys(completionsBodySchema().shape).filter((name) => name !== 'model');
    expect(inner.toSorted()).toEqual(known.toSorted());
  });

  it('lists values that ask for nothing', () => {
    const pairs = listPairs(page);
    expect(pairs.length).toBeGreaterThan(9);
    expect(pairs.filter(([name, value]) => !asksForNothing(name, value))).toEqual([]);
    // Of another parameter the same value would ask for something, or the list would be longer than it must be.
    expect(pairs.filter(([, value]) => asksForNothing('unheard_of', value))).toEqual([]);
  });
});
