// What Ctrl-C does.
import { createInterruption } from '../../../cli/batch/interruption.ts';

it('ends in order at first, whoever passes the signal on as well, and at once when asked again later', () => {
  let nowMs = 5_000;
  let exits = 0;
  const { signal, interrupt } = createInterruption(
    () => nowMs,
    () => (exits += 1),
  );
  expect(signal.aborted).toBe(false);
  interrupt();
  expect(signal.reason).toMatchObject({ message: expect.stringMatching(/^Interrupted/), exitCode: 1 });
  nowMs += 999;
  interrupt();
  expect(exits).toBe(0);
  nowMs += 1;
  interrupt();
  expect(exits).toBe(1);
});
