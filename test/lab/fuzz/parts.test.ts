import { partProperties } from '../../../lab/fuzz/all-properties.ts';

// Short runs: `npm run fuzz` has the long ones.
it.each(partProperties)('$name: $fact', async ({ run }) => {
  const { failure, cases } = await run(undefined, { runs: 80 });
  expect(failure).toBeUndefined();
  expect(cases).toBeGreaterThanOrEqual(80);
});
