import * as fc from 'fast-check';
import { createStopMatcher } from '../../../lib/upstream/stop-matcher.ts';

it.each([
  ['END', 'xENEND', [0, 1, 2, 1, 2, 3]],
  ['aa', 'aaab', [1, 2, 2, 0]],
  ['abab', 'ababab', [1, 2, 3, 4, 3, 4]],
  ['x', 'xyx', [1, 0, 1]],
])('%j is followed through %j', (item, text, expected) => {
  const match = createStopMatcher(item);
  expect(text.split('').map((character) => match(character.charCodeAt(0)))).toEqual(expected);
});

it('the longest beginning of the item that the text ends with is found at each place, whatever they are', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(letters, letters, (item, text) => {
      const match = createStopMatcher(item);
      for (let end = 1; end <= text.length; end += 1) {
        const lengths = Array.from({ length: item.length }, (_, index) => item.length - index);
        const longest = lengths.find((length) => text.slice(0, end).endsWith(item.slice(0, length))) ?? 0;
        expect(match(text.charCodeAt(end - 1))).toBe(longest);
      }
    }),
  );
});
