// Some thousands of cases of the fault matrix; `npm run chaos` runs all of it.
import { createShortMatrix } from '../../lab/chaos/matrix.ts';
import { runMatrix } from '../../lab/chaos/run-matrix.ts';

it('answers every fault of the upstream with the whole truth or an explicit error, and tells no secret', async () => {
  const report = await runMatrix(createShortMatrix());
  expect(report.violations).toEqual([]);
  expect(report.cases).toBe(report.whole + report.errors);
  // A matrix that shrinks unseen proves less and less.
  expect(report.whole).toBeGreaterThan(1_000);
  expect(report.errors).toBeGreaterThan(4_000);
  expect(report.faults.size).toBeGreaterThan(80);
  expect(report.logLines).toBeGreaterThanOrEqual(report.cases);
}, 240_000);
