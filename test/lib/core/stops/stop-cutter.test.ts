import * as fc from 'fast-check';
import { createStopCutter } from '../../../../lib/core/stops/stop-cutter.ts';

/** What comes of a text in pieces, piece by piece; the last is what `end` gives. */
function cut(items: readonly string[], pieces: readonly string[]): { texts: string[]; isStopped: boolean } {
  const cutter = createStopCutter(items);
  const pushed = pieces.map((piece) => cutter.push(piece));
  return { texts: [...pushed.map(({ text }) => text), cutter.end()], isStopped: pushed.at(-1)?.isStopped ?? false };
}

/** The rule read aloud: the shortest beginning of the text that ends with an item, without the longest such item. */
function cutNaively(items: readonly string[], whole: string): { text: string; isStopped: boolean } {
  for (let end = 1; end <= whole.length; end += 1) {
    const complete = items.filter((item) => item !== '' && whole.slice(0, end).endsWith(item));
    const longest = Math.max(0, ...complete.map((item) => item.length));
    if (longest > 0) return { text: whole.slice(0, end - longest), isStopped: true };
  }
  return { text: whole, isStopped: false };
}

const character = fc.constantFrom('a', 'b', '\n', '千', '😀', '😁');
const texts = (maxLength: number) => fc.string({ unit: character, maxLength });

/** Divides a text after the given code units, so within surrogate pairs as well. */
function divide(whole: string, places: readonly number[]): string[] {
  const borders = [0, ...places.map((place) => place % (whole.length + 1)).toSorted((a, b) => a - b), whole.length];
  return borders.slice(1).map((border, index) => whole.slice(borders[index], border));
}

describe('createStopCutter', () => {
  it('ends any text where a search in the whole of it would, however it is divided', () => {
    fc.assert(
      fc.property(texts(40), fc.array(texts(4), { maxLength: 5 }), fc.array(fc.nat(80)), (whole, items, places) => {
        const { texts: pieces, isStopped } = cut(items, divide(whole, places));
        expect({ text: pieces.join(''), isStopped }).toEqual(cutNaively(items, whole));
        for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds back no more than the beginning of an item', () => {
    expect(cut(['END'], ['one', 'E', 'N', 'x', 'E'])).toEqual({
      texts: ['one', '', '', 'ENx', '', 'E'],
      isStopped: false,
    });
  });

  it.each([
    ['the item that is complete first', ['bcd', 'c'], ['abcd'], 'ab'],
    ['of those complete at once the one that began first', ['c', 'bc'], ['abcd'], 'a'],
    ['an item within one that began earlier and does not come', ['abcd', 'bc'], ['xabcx'], 'xa'],
    ['an item that spans several pieces', ['END'], ['aE', 'N', 'Db'], 'a'],
    ['an item that is all of the text', ['END'], ['END'], ''],
  ])('ends the text before %s', (_rule, items, pieces, expected) => {
    const { texts: given, isStopped } = cut(items, pieces);
    expect({ text: given.join(''), isStopped }).toEqual({ text: expected, isStopped: true });
  });

  it('gives nothing more once the text has ended', () => {
    expect(cut(['END'], ['aEND', 'b', 'c'])).toEqual({ texts: ['a', '', '', ''], isStopped: true });
  });

  it('gives what it has held back once', () => {
    const cutter = createStopCutter(['bx']);
    expect([cutter.push('ab').text, cutter.end(), cutter.end()]).toEqual(['a', 'b', '']);
  });

  it('does not take half of a character for an item', () => {
    expect(cut(['\ude00', '\ud83d', 'x'], ['a\ud83d', '\ude00b', 'x'])).toEqual({
      texts: ['a', '😀b', '', ''],
      isStopped: true,
    });
  });

  it('takes 64 items of 1,024 characters that all begin alike', () => {
    const items = Array.from({ length: 64 }, (_, index) => `${'a'.repeat(1_024 - index - 1)}b${'c'.repeat(index)}`);
    const cutter = createStopCutter(items);
    expect(cutter.push('a'.repeat(5_000))).toEqual({ text: 'a'.repeat(5_000 - 1_023), isStopped: false });
    expect(cutter.push('b')).toEqual({ text: '', isStopped: true });
  });
});
