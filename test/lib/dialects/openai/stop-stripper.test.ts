import * as fc from 'fast-check';
import { createStopStripper } from '../../../../lib/dialects/openai/stop-stripper.ts';

/** Few characters, so that items meet the text often; some of them are surrogate pairs that share a half. */
const character = fc.constantFrom('a', 'b', '\n', '千', '😀', '😁');
const text = fc.array(character, { maxLength: 30 });
const stop = fc.array(
  fc.array(character, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  {
    maxLength: 4,
  },
);

/** Groups characters into pieces of the given sizes, in turn. */
function cut(characters: readonly string[], sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let start = 0, turn = 0; start < characters.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(characters.slice(start, start + size).join(''));
    start += size;
  }
  return pieces;
}

function strip(pieces: readonly string[], items: readonly string[]): string[] {
  const stripper = createStopStripper(items);
  return [...pieces.map((piece) => stripper.push(piece)), stripper.end()];
}

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

describe('createStopStripper', () => {
  it('takes the longest item that ends the text off it, however the text comes', () => {
    fc.assert(
      fc.property(text, stop, sizes, (characters, items, pieceSizes) => {
        const whole = characters.join('');
        const met = items.filter((item) => whole.endsWith(item)).map((item) => item.length);
        const expected = whole.slice(0, whole.length - Math.max(0, ...met));
        expect(strip(cut(characters, pieceSizes), items).join('')).toBe(expected);
      }),
    );
  });

  it('never cuts a character in two', () => {
    fc.assert(
      fc.property(text, stop, sizes, (characters, items, pieceSizes) => {
        for (const piece of strip(cut(characters, pieceSizes), items)) expect(piece.isWellFormed()).toBe(true);
      }),
    );
  });

  it('joins a character that comes in two halves', () => {
    for (const items of [['x'], ['xy'], ['xyz']]) {
      expect(strip(['a\ud83d', '\ude00b', 'cd'], items).every((piece) => piece.isWellFormed())).toBe(true);
    }
  });

  it('holds nothing back when there are no items', () => {
    expect(strip(['one', 'two'], [])).toEqual(['one', 'two', '']);
  });

  it('gives what it has held back once', () => {
    const stripper = createStopStripper(['bx']);
    expect([stripper.push('ab'), stripper.end(), stripper.end()]).toEqual(['a', 'b', '']);
  });

  it('holds back only what may be the beginning of an item', () => {
    expect(strip(['abcdef', 'x', 'y', 'z'], ['xya', 'fz'])).toEqual(['abcde', 'f', '', 'xyz', '']);
  });

  it.each([
    [['A.', 'B'], ['.'], 'A.B'],
    [['AB', '.'], ['.'], 'AB'],
    [['A..'], ['.'], 'A.'],
    [['AEN', 'D'], ['D', 'END'], 'A'],
    [['stop'], ['stop'], ''],
    [[], ['stop'], ''],
    [['st'], ['stop'], 'st'],
  ])('makes of %j with the items %j the text %j', (pieces, items, expected) => {
    expect(strip(pieces, items).join('')).toBe(expected);
  });
});
