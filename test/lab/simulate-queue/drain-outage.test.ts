// Thousands of messages while the quota is used up by somebody else: no dead letter, no storm.
import type { SimulationReport } from '../../../lab/simulate-queue/run-simulation.ts';
import { outageMinutes } from '../../../lab/simulate-queue/scenarios.ts';
import { expectOneResultEach, medianOf, refusedShare, simulateThrice } from './simulate.ts';

const mostInOutage = ({ refusedPerMinute }: SimulationReport): number =>
  // In the first two minutes it finds out.
  Math.max(...refusedPerMinute.slice(outageMinutes.from + 2, outageMinutes.to));

describe('a quota that is halved and then used up by somebody else for twenty minutes', () => {
  it.each(['outage', 'outage, unset'] as const)('makes no dead letter and no storm: %s', async (name) => {
    const reports = await simulateThrice(name);
    for (const report of reports) {
      expectOneResultEach(report);
      expect(refusedShare(report)).toBeLessThan(0.25);
    }
    expect(medianOf(reports.map(mostInOutage))).toBeLessThanOrEqual(15);
  });
});
