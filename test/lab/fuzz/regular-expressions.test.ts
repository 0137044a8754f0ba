import { findExpressions, findExpressionsOfLib, growsLinearly } from '../../../lab/fuzz/regular-expressions.ts';

describe('findExpressions', () => {
  it('finds literals wherever a value may stand, and no divisions, comments and texts', () => {
    const source = [
      'const a = /x[/]+"/gi.test(b) || b / c / d;',
      '// not /this/ one',
      `const e = 'nor /that/', f = [/\\/\\*/, /y/u];`,
      'const k = `not ${/u/.test(`${{ a: /v/ }}/no/`)}/that/`;',
      'return /z$/.exec(`no /t/ here`) ? (g + 1) / 2 / h : /w/;',
    ].join('\n');
    expect(findExpressions('a.ts', source).map(({ place, expression }) => [place, String(expression)])).toEqual([
      ['a.ts:1', '/x[/]+"/gi'],
      ['a.ts:3', '/\\/\\*/'],
      ['a.ts:3', '/y/u'],
      ['a.ts:4', '/u/'],
      ['a.ts:4', '/v/'],
      ['a.ts:5', '/z$/'],
      ['a.ts:5', '/w/'],
    ]);
  });

  it('refuses an expression made at run time, which nobody could list', () => {
    expect(() => findExpressions('a.ts', '\nnew RegExp(`^${name}$`)')).toThrow('a.ts:2 makes a regular expression');
  });

  it('finds those of lib', () => {
    const found = findExpressionsOfLib();
    expect(found.length).toBeGreaterThan(30);
    expect(found.map(({ expression }) => String(expression))).toContain(String(/\r\n?|\n/g));
  });
});

describe('growsLinearly', () => {
  it('tells linear growth from quadratic growth', () => {
    const repeat = (length: number): string => `${' '.repeat(length)}!`;
    expect(growsLinearly(/^\s+at /, repeat, 2_000)).toBe(true);
    expect(growsLinearly(/\s+$/, repeat, 2_000)).toBe(false);
  });
});
