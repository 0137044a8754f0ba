import * as fc from 'fast-check';
import { createStopMatcher, noneBegun } from '../../../../lib/core/stops/stop-matcher.ts';

/** What the matcher says after each code unit of a text. */
function follow(items: readonly string[], text: string): { begun: number; completed: number }[] {
  const matcher = createStopMatcher(items);
  let state = noneBegun;
  return text.split('').map((unit) => {
    state = matcher.next(state, unit.charCodeAt(0));
    return { begun: matcher.begun(state), completed: matcher.completed(state) };
  });
}

it.each([
  [['END'], 'xENEND', [0, 1, 2, 1, 2, 3], [0, 0, 0, 0, 0, 3]],
  [['aa'], 'aaab', [1, 2, 2, 0], [0, 2, 2, 0]],
  [['abab'], 'ababab', [1, 2, 3, 4, 3, 4], [0, 0, 0, 4, 0, 4]],
  [['x'], 'xyx', [1, 0, 1], [1, 0, 1]],
  // The classical example: "she" and "he" are complete at the same place.
  [['he', 'she', 'his', 'hers'], 'ushers', [0, 1, 2, 3, 3, 4], [0, 0, 0, 3, 0, 4]],
  // An item in the middle of a longer one that does not come.
  [['abcd', 'bc'], 'abcx', [1, 2, 3, 0], [0, 0, 2, 0]],
  [['', 'a'], 'ba', [0, 1], [0, 1]],
  [[], 'ab', [0, 0], [0, 0]],
])('%j are followed through %j', (items, text, begun, completed) => {
  const followed = follow(items, text);
  expect(followed.map((told) => told.begun)).toEqual(begun);
  expect(followed.map((told) => told.completed)).toEqual(completed);
});

it('at each place of any text the longest beginning of an item and the longest item that end there are found', () => {
  const letters = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom('a', 'b', '😀', '\u0000', '\uffff'), minLength, maxLength });
  fc.assert(
    fc.property(fc.array(letters(0, 6), { maxLength: 5 }), letters(0, 30), (items, text) => {
      const beginnings = items.flatMap((item) => item.split('').map((_, index) => item.slice(0, index + 1)));
      const longestAtEnd = (all: readonly string[], soFar: string) =>
        Math.max(0, ...all.filter((one) => soFar.endsWith(one)).map((one) => one.length));
      follow(items, text).forEach(({ begun, completed }, index) => {
        const soFar = text.slice(0, index + 1);
        expect(begun).toBe(longestAtEnd(beginnings, soFar));
        expect(completed).toBe(longestAtEnd(items, soFar));
      });
    }),
    { numRuns: 500 },
  );
});

it('one matcher follows several texts, each with a state of its own', () => {
  const matcher = createStopMatcher(['ab']);
  const one = matcher.next(noneBegun, 'a'.charCodeAt(0));
  const other = matcher.next(noneBegun, 'x'.charCodeAt(0));
  expect(matcher.completed(matcher.next(one, 'b'.charCodeAt(0)))).toBe(2);
  expect(matcher.completed(matcher.next(other, 'b'.charCodeAt(0)))).toBe(0);
});
