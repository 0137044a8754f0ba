import * as fc from 'fast-check';
import { countTokens, cutText, generateText, splitText, stopText } from '../../../local/simulator/generate-text.ts';

describe('generateText', () => {
  it('gives the same text for the same seed and another for another', () => {
    expect(generateText({ seed: 'a' })).toBe(generateText({ seed: 'a' }));
    expect(generateText({ seed: 'a' })).not.toBe(generateText({ seed: 'b' }));
  });

  it('has 40 to 90 words and characters of several bytes, whatever the seed', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const text = generateText({ seed });
        expect(countTokens(text)).toBeGreaterThanOrEqual(40);
        expect(countTokens(text)).toBeLessThanOrEqual(90);
        expect(Buffer.byteLength(text)).toBeGreaterThan(text.length);
      }),
    );
  });

  it('says "event" for some seeds', () => {
    const texts = Array.from({ length: 20 }, (_, index) => generateText({ seed: String(index) }));
    expect(texts.some((text) => /\bevent/.test(text))).toBe(true);
  });

  it('has as many words as it is told', () => {
    expect(countTokens(generateText({ seed: 'a', words: 7 }))).toBe(7);
    expect(countTokens(generateText({ seed: 'a', minWords: 200 }))).toBe(200);
  });
});

describe('stopText', () => {
  it('ends with the item that comes first, which stays in the text', () => {
    expect(stopText('one two three', ['three', 'two'], true)).toBe('one two');
  });

  it('ends with the item that is complete first', () => {
    expect(stopText('abcdef', ['bcdef', 'cd'], true)).toBe('abcd');
  });

  it('leaves a text alone that no item ends', () => {
    expect(stopText('one two', ['four'], true)).toBe('one two');
    expect(stopText('one two', [], true)).toBe('one two');
  });
});

describe('stopText without the item', () => {
  it('ends before the item that is complete first, and before the longest of those', () => {
    expect(stopText('one two three', ['three', 'two'], false)).toBe('one ');
    expect(stopText('abcdef', ['bcdef', 'cd'], false)).toBe('ab');
    expect(stopText('abcdef', ['cd', 'bcd'], false)).toBe('a');
    expect(stopText('abcdef', ['x'], false)).toBe('abcdef');
  });
});

it('cutText keeps the first tokens', () => {
  expect(cutText('one two three', 2)).toBe('one two');
  expect(cutText('one two three', 3)).toBe('one two three');
  expect(cutText('one two three', 9)).toBe('one two three');
});

describe('splitText', () => {
  it('cuts into pieces that join to the text and whose tokens add up', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 60 }),
        (seed, count, words) => {
          const text = generateText({ seed, words });
          const pieces = splitText(text, count);
          expect(pieces).toHaveLength(Math.min(count, words));
          expect(pieces.join('')).toBe(text);
          expect(pieces.map(countTokens).reduce((sum, tokens) => sum + tokens)).toBe(words);
        },
      ),
    );
  });
});
