// The texts of the simulator: words drawn from a list by a seed, so that the same prompt always gets the same answer.
import { createHash } from 'node:crypto';

/** The list includes "event", because one official SDK drops stream lines that contain it. */
const plainWords =
  `lantern river copper morning archive harbour signal event paper window orchard engine garden mirror compass meadow
  ladder thunder velvet canyon pocket saddle timber violin anchor basket candle desert feather granite island jacket
  kernel lemon market needle ocean pepper quartz ribbon silver tunnel valley winter yellow zephyr events`.split(/\s+/);

/** Characters of two, three and four bytes in UTF-8. */
const multiByteWords = '杭州 西湖 模型 续写 文本 你好 千帆 café naïve größe señor 🚀 🌊 🐉 👩‍🔬'.split(' ');

export interface TextOptions {
  /** What the text depends on. */
  readonly seed: string;
  /** How many words. Default: 40 to 90, by the seed. */
  readonly words?: number | undefined;
  /** The least number of words when `words` is not given. */
  readonly minWords?: number | undefined;
}

/**
 * Generates sentences. The third word always has characters of several bytes; of the others about one in five does.
 */
export function generateText({ seed, words, minWords = 1 }: TextOptions): string {
  const draw = createRandom(seed);
  const count = words ?? Math.max(minWords, 40 + draw(51));
  const text: string[] = [];
  let leftInSentence = 0;
  for (let index = 0; index < count; index += 1) {
    const startsSentence = leftInSentence === 0;
    if (startsSentence) leftInSentence = 6 + draw(7);
    const choices = index === 2 || draw(5) === 0 ? multiByteWords : plainWords;
    const word = choices[draw(choices.length)] ?? '';
    leftInSentence -= 1;
    const endsSentence = leftInSentence === 0 || index === count - 1;
    text.push(`${startsSentence ? capitalise(word) : word}${endsSentence ? '.' : ''}`);
  }
  return text.join(' ');
}

/**
 * Returns the text up to the first point at which it ends with an item of `stop`. V1 keeps that item in the text, the
 * OpenAI protocol does not.
 */
export function stopText(text: string, stop: readonly string[], keepsItem: boolean): string {
  const places = stop
    .map((item) => ({ start: text.indexOf(item), length: item.length }))
    .filter(({ start }) => start !== -1)
    .map(({ start, length }) => ({ start, end: start + length }));
  const end = Math.min(text.length, ...places.map((place) => place.end));
  if (keepsItem) return text.slice(0, end);
  return text.slice(0, Math.min(end, ...places.filter((place) => place.end === end).map(({ start }) => start)));
}

/** The first `count` tokens of a generated text. */
export function cutText(text: string, count: number): string {
  return text.split(/(?= )/).slice(0, count).join('');
}

/** Counts tokens: each run of characters without white space is one. */
export function countTokens(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

/** Cuts a text before its spaces into `count` pieces of about equal numbers of words, fewer if it has fewer words. */
export function splitText(text: string, count: number): readonly string[] {
  const words = text.split(/(?= )/);
  const pieces = Math.min(count, words.length);
  const boundary = (index: number): number => Math.round((index * words.length) / pieces);
  return Array.from({ length: pieces }, (_, index) => words.slice(boundary(index), boundary(index + 1)).join(''));
}

function capitalise(word: string): string {
  return word.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

/** Draws whole numbers in [0, below), the same ones for the same seed. The generator is mulberry32. */
function createRandom(seed: string): (below: number) => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE();
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
