// A pace that has no time for a batch of ten within an invocation.
import { runSimulation } from '../../../lab/simulate-queue/run-simulation.ts';

describe('the slowest pace that is allowed', () => {
  it('makes no dead letter of a message only because others have used up its turns', async () => {
    const report = await runSimulation({
      messages: 500,
      maximumConcurrency: 2,
      requestsPerMinute: 6,
      quota: [{ fromSeconds: 0, callsPerSecond: 1_000 }],
      maxReceives: 12,
    });
    expect(report).toMatchObject({ answeredOnce: 500, deadLetters: 0 });
  });
});
