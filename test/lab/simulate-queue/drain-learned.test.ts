// Thousands of messages without a configured pace: the worker learns one from few refused calls.
import { expectOneResultEach, medianOf, refusedShare, simulate, simulateThrice } from './simulate.ts';

describe('a worker without a pace', () => {
  it('learns one that the quota bears, from few refused calls', async () => {
    const report = await simulate('unset');
    expectOneResultEach(report);
    expect(refusedShare(report)).toBeLessThan(0.07);
  });

  it('learns it when answers come at once, and then drains at two thirds of the quota', async () => {
    const reports = await simulateThrice('unset, quick answers');
    for (const report of reports) {
      expectOneResultEach(report);
      expect(report.seconds).toBeLessThan((1.5 * report.messages) / 5);
    }
    expect(medianOf(reports.map(refusedShare))).toBeLessThan(0.07);
  });

  it('learns it among ten, each of which has half a call a second', async () => {
    const report = await simulate('unset, crowded');
    expectOneResultEach(report);
    expect(refusedShare(report)).toBeLessThan(0.2);
  });

  it('does not slow down for what is limited however slowly it comes', async () => {
    const report = await simulate('limited twice');
    expectOneResultEach(report);
    expect(report.seconds).toBeLessThan(300);
  });
});
