import * as fc from 'fast-check';
import { createFuzzProperty } from '../../../lab/fuzz/fuzz-property.ts';

const broken = createFuzzProperty<number, unknown>({
  name: 'broken',
  fact: 'no number is above 100',
  cases: fc.nat(),
  regressions: [7],
  check: (number) => {
    if (number > 100) throw new Error(`${number} is above 100`);
  },
});

it('tells the smallest case that breaks a property, and how it broke', async () => {
  const { failure } = await broken.run(undefined, { runs: 1_000, seed: 1 });
  expect(failure).toMatch(/case 101\nError: 101 is above 100/);
});

it('runs the same cases with the same seed', async () => {
  const seen: number[][] = [];
  const property = createFuzzProperty<number, number[]>({
    name: 'any',
    fact: 'any number will do',
    cases: fc.nat(),
    check: (number, numbers) => void numbers.push(number),
  });
  for (const seed of [5, 5, 6]) {
    const numbers: number[] = [];
    expect(await property.run(numbers, { runs: 20, seed })).toEqual({ cases: 20, seed, failure: undefined });
    seen.push(numbers);
  }
  expect(seen[0]).toEqual(seen[1]);
  expect(seen[0]).not.toEqual(seen[2]);
});

it('is broken by a case that changes what all objects have', async () => {
  const prototype: object = Object.prototype;
  const polluting = createFuzzProperty<number, unknown>({
    name: 'polluting',
    fact: 'prototypes stay as they are',
    cases: fc.nat(),
    check: () => void Reflect.set(prototype, 'polluted', 1),
  });
  try {
    expect((await polluting.run(undefined, { runs: 1 })).failure).toMatch(/A prototype was changed: it has polluted/);
  } finally {
    Reflect.deleteProperty(prototype, 'polluted');
  }
});
