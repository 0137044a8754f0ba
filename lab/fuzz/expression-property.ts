// Long texts that nearly match, for every regular expression in lib/.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { createFuzzProperty } from './fuzz-property.ts';
import { findExpressionsOfLib, growsLinearly } from './regular-expressions.ts';
import type { FoundExpression } from './regular-expressions.ts';

interface Attack {
  readonly found: FoundExpression;
  /** What matches, or begins to. */
  readonly seed: string;
  /** Which part of it is repeated: from, to. */
  readonly part: readonly [number, number];
  /** Whether nothing of it follows the repeated part. */
  readonly isCut: boolean;
  /** What keeps the whole from matching. */
  readonly end: string;
}

const expressions = findExpressionsOfLib();

const plainSeed = fc.constantFrom(' ', 'a', '0', ':', '\n', '\\', '\ud800');

function seedOf({ expression: { source, flags } }: FoundExpression): fc.Arbitrary<string> {
  try {
    // Word boundaries, which the generator does not know, are left to chance.
    const readable = new RegExp(source.replaceAll('\\b', ''), flags.replaceAll(/[dgimy]/g, ''));
    const matching = fc.stringMatching(readable, { maxLength: 200 });
    return fc.oneof({ weight: 3, arbitrary: matching }, { weight: 1, arbitrary: plainSeed });
  } catch {
    // Nor does it know code points by number.
    return fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), plainSeed);
  }
}

const attack: fc.Arbitrary<Attack> = fc.constantFrom(...expressions).chain((found) =>
  fc.record({
    found: fc.constant(found),
    seed: seedOf(found),
    part: fc.tuple(fc.nat(20), fc.nat(20)),
    isCut: fc.boolean(),
    end: fc.constantFrom('\0', '!', ' ', '\n', '"', '', 'x y'),
  }),
);

/** Repeats one part of a text until it has about `length` characters. */
function repeatPart({ seed, part: [from, size], isCut, end }: Attack, length: number): string {
  const start = from % Math.max(1, seed.length);
  const stop = Math.min(seed.length, start + 1 + (size % Math.max(1, seed.length - start)));
  const pump = seed.slice(start, stop) || ' ';
  return `${seed.slice(0, start)}${pump.repeat(Math.ceil(length / pump.length))}${isCut ? '' : seed.slice(stop)}${end}`;
}

/** Every expression of lib/; new ones are found in the sources. */
export const expressionProperty = createFuzzProperty<Attack, unknown>({
  name: 'regular-expressions',
  fact: `each of the regular expressions in lib/ takes time about linear in the length of a text that nearly matches`,
  cases: attack,
  check: (hostile) => {
    const isLinear = growsLinearly(hostile.found.expression, (length) => repeatPart(hostile, length));
    assert.ok(isLinear, `${hostile.found.place} takes time more than linear: ${String(hostile.found.expression)}`);
  },
});
