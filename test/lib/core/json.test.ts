import * as fc from 'fast-check';
import { parseExactJson } from '../../../lib/core/json.ts';

/** A number as JSON may write it (RFC 8259, section 6). */
const digits = fc.stringMatching(/^[0-9]{1,25}$/);
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
    fc.option(digits, { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.stringMatching(/^[0-9]{1,4}$/)), { nil: undefined }),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent?.join('') ?? ''}`,
  );

/** JSON without spaces, with names whose order JavaScript keeps, and none twice. */
const { value: jsonText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numberText,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value')).map((items) => `[${items.join(',')}]`),
    fc
      .array(tie('value'))
      .map((items) => `{${items.map((item, index) => `${JSON.stringify(`k${index}`)}:${item}`).join(',')}}`),
  ),
}));

describe('parseExactJson', () => {
  it('is written again as it was, whatever its numbers', () => {
    fc.assert(fc.property(jsonText, (text) => expect(JSON.stringify(parseExactJson(text))).toBe(text)));
  });

  it.each([
    '9007199254740993',
    '12345678901234567890',
    '10.00',
    '1e400',
    '-1E-400',
    '-0',
    '0.1000000000000000055511151231257827',
  ])('keeps %s', (text) => {
    expect(JSON.stringify(parseExactJson(`{"a":[${text}],"__proto__":${text}}`))).toBe(
      `{"a":[${text}],"__proto__":${text}}`,
    );
  });

  it('leaves numbers that JavaScript writes in the same way as numbers', () => {
    expect(parseExactJson('{"row":7,"price":0.5,"n":-1}')).toEqual({ row: 7, price: 0.5, n: -1 });
  });

  it.each(['', '{', '01', '"\u0000"', 'canary'])('is undefined for %j, which is not JSON', (text) => {
    expect(parseExactJson(text)).toBeUndefined();
  });
});
