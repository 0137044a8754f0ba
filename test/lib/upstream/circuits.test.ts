import { GatewayError } from '../../../lib/core/errors.ts';
import { createCircuits } from '../../../lib/upstream/circuits.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const down = new GatewayError('upstream_http_error', 'down');

function createFixture() {
  const clock = createFakeClock({ random: 0 });
  const { log, lines } = createLogRecorder();
  const circuits = createCircuits({ upstream: 'qianfan-v1', failureThreshold: 1, clock, log });
  /** Opens the circuit of an endpoint. */
  const open = (endpoint: string): void => {
    const circuit = circuits.find(endpoint);
    circuit.noteError(circuit.enter(Infinity), down);
  };
  const findMany = (count: number): void => {
    for (let index = 0; index < count; index += 1) circuits.find(`other-${index}`);
  };
  return { clock, lines, circuits, open, findMany };
}

describe('the circuits of an upstream', () => {
  it('are one for each endpoint: a broken one does not close another', () => {
    const { circuits, open } = createFixture();
    open('broken');
    expect(circuits.find('broken').readState()).toBe('open');
    expect(circuits.find('healthy').readState()).toBe('closed');
    expect(() => circuits.find('broken').enter(Infinity)).toThrow(GatewayError);
    expect(() => circuits.find('healthy').enter(Infinity)).not.toThrow();
  });

  it('name upstream and endpoint in the log', () => {
    const { clock, lines, circuits, open } = createFixture();
    open('broken');
    clock.advance(5_000);
    const circuit = circuits.find('broken');
    circuit.noteSuccess(circuit.enter(Infinity));
    expect(lines.map(({ message, fields }) => [message, fields['upstream'], fields['endpoint']])).toEqual([
      ['circuit opened', 'qianfan-v1', 'broken'],
      ['circuit closed', 'qianfan-v1', 'broken'],
    ]);
  });

  it('show the least good state among them: open, then half open, then closed', () => {
    const { clock, circuits, open } = createFixture();
    expect(circuits.readState()).toBe('closed');
    circuits.find('healthy');
    open('first');
    clock.advance(3_000);
    open('second');
    circuits.find('healthy');
    expect(circuits.readState()).toBe('open');
    clock.advance(2_000);
    expect([circuits.find('first').readState(), circuits.readState()]).toEqual(['half_open', 'open']);
    clock.advance(3_000);
    expect(circuits.readState()).toBe('half_open');
    for (const endpoint of ['first', 'second']) {
      const circuit = circuits.find(endpoint);
      circuit.noteSuccess(circuit.enter(Infinity));
    }
    expect(circuits.readState()).toBe('closed');
  });

  it('show one as closed that nobody has asked for ten minutes, and try it with the next request all the same', () => {
    const { clock, circuits, open } = createFixture();
    open('gone');
    clock.advance(5_000 + 599_999);
    expect(circuits.readState()).toBe('half_open');
    clock.advance(1);
    expect(circuits.readState()).toBe('closed');
    const gone = circuits.find('gone');
    gone.enter(Infinity);
    expect(() => gone.enter(Infinity)).toThrow(GatewayError);
  });

  it('are 100 at most: of those that are closed the one used longest ago is dropped', () => {
    const { circuits, open, findMany } = createFixture();
    open('broken');
    const [used, unused] = [circuits.find('used'), circuits.find('unused')];
    findMany(97);
    circuits.find('used');
    circuits.find('the 101st');
    expect(circuits.find('broken').readState()).toBe('open');
    expect(circuits.find('used')).toBe(used);
    expect(circuits.find('unused')).not.toBe(unused);
  });

  it('keep every one of 100', () => {
    const { circuits, findMany } = createFixture();
    const first = circuits.find('first');
    findMany(99);
    expect(circuits.find('first')).toBe(first);
  });

  it('are 100 at most when none is closed: then the one used longest ago is dropped', () => {
    const { circuits, open } = createFixture();
    for (let index = 0; index < 100; index += 1) open(`broken-${index}`);
    circuits.find('the 101st');
    expect(circuits.find('broken-1').readState()).toBe('open');
    expect(circuits.find('broken-0').readState()).toBe('closed');
  });
});
