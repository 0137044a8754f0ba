// The limits of a parameter in words.
import type { Limits } from '../catalog/catalog.ts';
import type { Texts } from './en.ts';

/** For example "a number in (0, 1]". */
export function describeLimits(limits: Limits, { limits: words }: Texts): string {
  const { kind, minimum, maximum, maxItems, maxCharacters } = limits;
  if (kind === 'texts') {
    const parts = [
      words.texts,
      ...(maxItems === undefined ? [] : [words.items(maxItems)]),
      ...(maxCharacters === undefined ? [] : [words.itemCharacters(maxCharacters)]),
    ];
    return parts.join(words.separator);
  }
  if (minimum !== undefined && maximum !== undefined) {
    return words.range(words[kind], `${limits.isMinimumExclusive ? '(' : '['}${minimum}, ${maximum}]`);
  }
  return minimum === undefined ? words[kind] : words.atLeast(words[kind], minimum);
}
