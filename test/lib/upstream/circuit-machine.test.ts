import * as fc from 'fast-check';
import { advance, createCircuitMachine, stateOf, waitMsOf } from '../../../lib/upstream/circuit-machine.ts';
import type { CircuitEvent, CircuitMachine } from '../../../lib/upstream/circuit-machine.ts';

const failureOf = ({ period }: CircuitMachine, retryAfterSeconds?: number): CircuitEvent => ({
  kind: 'failure',
  ticket: period,
  retryAfterSeconds,
  random: 0,
});

/** A circuit that one failure opened at 0 ms. */
const opened = advance(createCircuitMachine(1), failureOf(createCircuitMachine(1)), 0);

it('a failure opens it for 5 s, and one probe passes then', () => {
  expect([stateOf(opened, 4_999), waitMsOf(opened, 4_999)]).toEqual(['open', 1]);
  expect([stateOf(opened, 5_000), waitMsOf(opened, 5_000)]).toEqual(['half_open', undefined]);
  const probed = advance(opened, { kind: 'enter', deadlineMs: 9_000 }, 5_000);
  expect([waitMsOf(probed, 8_999), waitMsOf(probed, 9_000)]).toEqual([-3_999, undefined]);
});

it('a state is a value: what happens leaves it as it was', () => {
  const before = structuredClone(opened);
  advance(opened, { kind: 'enter', deadlineMs: 9_000 }, 5_000);
  advance(opened, { kind: 'success', ticket: opened.period }, 5_000);
  expect(opened).toEqual(before);
});

it('whatever happens, a report with an earlier ticket changes nothing, and a wait is over after a minute', () => {
  const kinds = fc.constantFrom('enter', 'begun', 'success', 'nothing', 'failure' as const);
  const happening = fc.record({ kind: kinds, afterMs: fc.nat(70_000), lag: fc.nat(2), retryAfterSeconds: fc.nat(90) });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      let machine = createCircuitMachine(2);
      let nowMs = 0;
      for (const { kind, afterMs, lag, retryAfterSeconds } of happenings) {
        nowMs += afterMs;
        const ticket = machine.period - lag;
        const mayPass = waitMsOf(machine, nowMs) === undefined;
        if (kind === 'enter' && !mayPass) continue;
        const event: CircuitEvent =
          kind === 'enter'
            ? { kind, deadlineMs: nowMs + 60_000 }
            : kind === 'failure'
              ? { kind, ticket, retryAfterSeconds, random: 0.5 }
              : { kind, ticket };
        const next = advance(machine, event, nowMs);
        const isLate = kind !== 'enter' && lag > 0;
        expect(isLate ? next : machine).toBe(machine);
        machine = next;
        expect(waitMsOf(machine, nowMs) ?? 0).toBeLessThanOrEqual(60_000);
        expect(waitMsOf(machine, nowMs + 60_000)).toBeUndefined();
      }
    }),
  );
});
