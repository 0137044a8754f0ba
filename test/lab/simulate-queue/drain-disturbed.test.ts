// Thousands of messages, some delivered twice and some to sandboxes that die; and the simulation itself.
import { runSimulation } from '../../../lab/simulate-queue/run-simulation.ts';
import { scenarios } from '../../../lab/simulate-queue/scenarios.ts';
import { expectOneResultEach, simulate } from './simulate.ts';

describe('messages that SQS delivers twice at the same time', () => {
  it('are answered once', async () => {
    const report = await simulate('duplicates');
    expectOneResultEach(report);
    expect(report.mostReceives).toBeGreaterThan(1);
  });
});

describe('sandboxes that die', () => {
  it('lose no message, and leave a second result only of messages they died with', async () => {
    const report = await simulate('deaths');
    const { messages, answeredOnce, answeredAgain, answeredAgainWithoutDeath, deadLetters, deaths } = report;
    expect(answeredOnce + answeredAgain).toBe(messages);
    expect({ answeredAgainWithoutDeath, deadLetters }).toEqual({ answeredAgainWithoutDeath: 0, deadLetters: 0 });
    expect(deaths).toBeGreaterThan(0);
    // Of ten messages at a time five are being answered, and a few of these have just been.
    expect(answeredAgain).toBeLessThan(deaths);
  });

  it('cause no more calls than those that died with them', async () => {
    expect(await simulate('deaths')).toMatchObject({ needlessCalls: 0 });
  });
});

describe('the simulation', () => {
  it('is the same with the same seed, and another one with another', async () => {
    const options = { ...scenarios.slow, messages: 50 };
    const report = await runSimulation(options);
    expect(await runSimulation(options)).toEqual(report);
    expect(await runSimulation({ ...options, seed: 2 })).not.toEqual(report);
  });
});
