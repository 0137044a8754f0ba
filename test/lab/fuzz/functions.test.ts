import { functionProperties } from '../../../lab/fuzz/all-properties.ts';
import { startFuzzTarget } from '../../../lab/fuzz/fuzz-target.ts';
import type { FuzzTarget } from '../../../lab/fuzz/fuzz-target.ts';

let target: FuzzTarget;

beforeAll(async () => {
  target = await startFuzzTarget();
});

afterAll(() => target.close());

// Short runs: `npm run fuzz` has the long ones.
it.each(functionProperties)('$name: $fact', async ({ run }) => {
  const { failure, cases } = await run(target, { runs: 80 });
  expect(failure).toBeUndefined();
  expect(cases).toBeGreaterThanOrEqual(80);
});
