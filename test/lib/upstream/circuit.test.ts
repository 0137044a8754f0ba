import { GatewayError } from '../../../lib/core/errors.ts';
import { createCircuit } from '../../../lib/upstream/circuit.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const endpoint = 'sqlcoder_7b';
const down = new GatewayError('upstream_unreachable', 'down');

type Behave = () => Promise<'whole'>;

/** What an upstream does at present, behind a circuit that opens after three failures. */
function createGuarded({ failureThreshold = 3, random = 0 } = {}) {
  const clock = createFakeClock({ random });
  const { log, lines, metrics } = createLogRecorder();
  const circuit = createCircuit({ upstream: 'qianfan-v1', endpoint, failureThreshold, clock, log });
  let behave: Behave = async () => 'whole';
  const ask = async ({ deadlineMs = clock.now() + 300_000 } = {}): Promise<string> => {
    try {
      const ticket = circuit.enter(deadlineMs);
      try {
        const answer = await behave();
        circuit.noteSuccess(ticket);
        return answer;
      } catch (error) {
        circuit.noteError(ticket, error);
        throw error;
      }
    } catch (error) {
      return error instanceof GatewayError ? error.code : 'bug';
    }
  };
  return {
    clock,
    lines,
    metrics,
    circuit,
    ask,
    answerWith: (next: Behave) => (behave = next),
    fail: (error: unknown = down) => {
      behave = async () => {
        throw error;
      };
    },
    recover: () => (behave = async () => 'whole'),
    askTimes: async (count: number) => {
      for (let index = 0; index < count; index += 1) await ask();
    },
  };
}

/** A guarded upstream whose circuit has just opened. */
async function createOpened(options: Parameters<typeof createGuarded>[0] = {}) {
  const guarded = createGuarded(options);
  guarded.fail();
  await guarded.askTimes(3);
  expect(guarded.circuit.readState()).toBe('open');
  return guarded;
}

describe('a closed circuit', () => {
  it('never opens where 0 failures are to open it', async () => {
    const { circuit, askTimes, fail } = createGuarded({ failureThreshold: 0 });
    fail();
    await askTimes(100);
    expect(circuit.readState()).toBe('closed');
  });
});

describe('an open circuit', () => {
  it('stays open for longer with each probe that fails, up to a minute', async () => {
    const { clock, circuit, ask } = await createOpened();
    const openMs: number[] = [];
    for (let probe = 0; probe < 7; probe += 1) {
      const sinceMs = clock.now();
      while (circuit.readState() === 'open') clock.advance(1_000);
      openMs.push(clock.now() - sinceMs);
      expect(await ask()).toBe('upstream_unreachable');
    }
    expect(openMs).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('begins with the shortest time again once it was closed', async () => {
    const { clock, circuit, ask, askTimes, fail, recover } = await createOpened();
    clock.advance(5_000);
    await ask();
    clock.advance(10_000);
    recover();
    await ask();
    fail();
    await askTimes(3);
    clock.advance(5_000);
    expect(circuit.readState()).toBe('half_open');
  });

  it('opens again after a minute at most and a bit earlier by chance', async () => {
    const { clock, circuit } = await createOpened({ random: 0.999 });
    clock.advance(3_750);
    expect(circuit.readState()).toBe('open');
    clock.advance(10);
    expect(circuit.readState()).toBe('half_open');
  });

  it.each([
    [30, 30_000],
    [3_600, 60_000],
    [1, 5_000],
  ])('stays open for the %i s that the upstream asks for, within its bounds: %i ms', async (seconds, openMs) => {
    const { clock, circuit, askTimes, fail } = createGuarded();
    fail(new GatewayError('service_unavailable', 'later', { retryAfterSeconds: seconds }));
    await askTimes(3);
    clock.advance(openMs - 1);
    expect(circuit.readState()).toBe('open');
    clock.advance(1);
    expect(circuit.readState()).toBe('half_open');
  });

  it('does not close for a probe that was given up while the next one is under way', async () => {
    const { clock, circuit, ask, answerWith } = await createOpened();
    clock.advance(5_000);
    const [first, second] = [Promise.withResolvers<'whole'>(), Promise.withResolvers<'whole'>()];
    answerWith(() => first.promise);
    const firstProbe = ask({ deadlineMs: clock.now() + 1_000 });
    clock.advance(1_000);
    answerWith(() => second.promise);
    const secondProbe = ask();
    first.resolve('whole');
    expect([await firstProbe, circuit.readState()]).toEqual(['whole', 'half_open']);
    second.resolve('whole');
    expect([await secondProbe, circuit.readState()]).toEqual(['whole', 'closed']);
  });

  it('gives up a probe that has not ended by its deadline, and believes it no more', async () => {
    const { clock, circuit, ask, answerWith, fail, recover } = await createOpened();
    clock.advance(5_000);
    const end = Promise.withResolvers<'whole'>();
    answerWith(() => end.promise);
    const probing = ask({ deadlineMs: clock.now() + 20_000 });
    clock.advance(19_999);
    expect(await ask()).toBe('upstream_circuit_open');
    clock.advance(1);
    fail();
    expect(await ask()).toBe('upstream_unreachable');
    end.resolve('whole');
    await probing;
    expect(circuit.readState()).toBe('open');
    recover();
    clock.advance(60_000);
    expect([await ask(), circuit.readState()]).toEqual(['whole', 'closed']);
  });
});

describe('the log', () => {
  it('has one line when the circuit opens, which is counted, and one when it closes', async () => {
    const { clock, lines, metrics, ask, recover } = await createOpened();
    clock.advance(5_000);
    await ask();
    clock.advance(10_000);
    recover();
    await ask();
    await ask();
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'circuit opened',
        fields: { upstream: 'qianfan-v1', endpoint, code: 'upstream_unreachable', failures: 3, open_ms: 5_000 },
      },
      { level: 'info', message: 'circuit closed', fields: { upstream: 'qianfan-v1', endpoint, open_ms: 15_000 } },
    ]);
    expect(metrics).toEqual([{ circuits_opened: { value: 1, unit: 'Count' } }, {}]);
  });
});
