// Random numbers that are the same in every run.

/** Creates a generator of numbers in [0, 1): a linear congruential one, good enough for delays and draws. */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  // Generators of neighbouring seeds begin with neighbouring numbers.
  for (let round = 0; round < 8; round += 1) next();
  return next;
}
