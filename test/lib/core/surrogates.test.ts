import { characterBoundary, isHighSurrogate, isLowSurrogate } from '../../../lib/core/surrogates.ts';

it('a text is cut in front of a surrogate pair, never within it', () => {
  expect([0, 1, 2, 3, 4].map((index) => characterBoundary('a🚀b', index))).toEqual([0, 1, 1, 3, 4]);
});

it('half a character that stands alone is one to cut at', () => {
  expect([0, 1, 2].map((index) => characterBoundary('a\ude80', index))).toEqual([0, 1, 2]);
});

it.each([
  [0xd7ff, false, false],
  [0xd800, true, false],
  [0xdbff, true, false],
  [0xdc00, false, true],
  [0xdfff, false, true],
  [0xe000, false, false],
  [NaN, false, false],
])('%i is the first half of a pair: %j, the second: %j', (unit, isHigh, isLow) => {
  expect([isHighSurrogate(unit), isLowSurrogate(unit)]).toEqual([isHigh, isLow]);
});
