import { createFenceStripper } from '../../../../lib/dialects/fim/fence-stripper.ts';

/** What is left of a text that comes in these pieces. */
function strip(pieces: readonly string[]): string {
  const stripper = createFenceStripper();
  let text = '';
  for (const piece of pieces) {
    const pushed = stripper.push(piece);
    text += pushed.text;
    if (pushed.isStopped) return text;
  }
  return text + stripper.end();
}

const cases: readonly (readonly [given: string, left: string])[] = [
  ['```python\nreturn 1\n```', 'return 1'],
  ['```\nreturn 1\n```\nThis returns 1.', 'return 1'],
  ['\n  ```c++ \na\n\nb\n```\n', 'a\n\nb'],
  ['```js\r\na\r\n```\r\n', 'a'],
  ['```ts\nreturn 1', 'return 1'],
  ['```ts\nreturn 1\n``', 'return 1\n``'],
  ['```ts\n```', ''],
  ['```ts\nconst a = "```";\n```', 'const a = "```";'],
  // No fence at the beginning.
  ['', ''],
  ['return 1', 'return 1'],
  ['  return 1\n```\n', '  return 1\n```\n'],
  ['a ```b``` c', 'a ```b``` c'],
  ['```code``` in line', '```code``` in line'],
  ['````\na\n````', '````\na\n````'],
  ['``', '``'],
  ['```', '```'],
  ['```python', '```python'],
  [' \n ', ' \n '],
  // What is longer than any fence is none.
  [`${' '.repeat(65)}\`\`\`\na`, `${' '.repeat(65)}\`\`\`\na`],
  [`\`\`\`${'x'.repeat(33)}\na`, `\`\`\`${'x'.repeat(33)}\na`],
  [`\`\`\`x${' '.repeat(65)}\na`, `\`\`\`x${' '.repeat(65)}\na`],
];

describe.each(cases)('of %j', (given, left) => {
  it(`${JSON.stringify(left)} is left, in one piece and character by character`, () => {
    expect(strip([given])).toBe(left);
    expect(strip(given.split(''))).toBe(left);
  });

  it('the same is left wherever it is divided', () => {
    for (let first = 0; first <= given.length; first += 1) {
      for (let second = first; second <= given.length; second += 1) {
        expect(strip([given.slice(0, first), given.slice(first, second), given.slice(second)])).toBe(left);
      }
    }
  });
});

it('gives code as soon as it cannot be a fence any more', () => {
  const stripper = createFenceStripper();
  expect(stripper.push('``')).toEqual({ text: '', isStopped: false });
  expect(stripper.push('`py\nx = 1')).toEqual({ text: 'x = 1', isStopped: false });
  expect(stripper.push('\n``')).toEqual({ text: '', isStopped: false });
  expect(stripper.push('`\nmore')).toEqual({ text: '', isStopped: true });
  expect(stripper.end()).toBe('');
});
