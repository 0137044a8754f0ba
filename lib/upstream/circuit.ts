// A circuit breaker for one endpoint: opens after failures in a row, closes after a successful probe.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { countOne } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import { advance, createCircuitMachine, stateOf, waitMsOf } from './circuit-machine.ts';
import type { CircuitEvent, CircuitState } from './circuit-machine.ts';
import { judgeError } from './circuit-verdict.ts';

/** Kept in memory: each sandbox has its own circuits and finds out for itself. */
export interface Circuit {
  readState(): CircuitState;
  /**
   * Lets a request pass and returns the ticket to report its end with.
   *
   * @param deadlineMs Epoch milliseconds by which the request is over; a probe that has not reported by then is given up.
   * @throws GatewayError `upstream_circuit_open` with the seconds to wait.
   */
  enter(deadlineMs: number): number;
  /** Reports the first event of a stream. Returns the ticket to report its end with. */
  noteBegun(ticket: number): number;
  noteSuccess(ticket: number): void;
  /** Reports an error. The circuit decides whether it says anything about the upstream's health. */
  noteError(ticket: number, error: unknown): void;
  /** Reports an end that says nothing about the upstream, for example that the caller left. */
  noteNothing(ticket: number): void;
}

export interface CircuitOptions {
  /** The upstream's name. */
  readonly upstream: string;
  /** The endpoint at it, or the model's id. */
  readonly endpoint: string;
  /** After how many failed requests in a row the circuit opens; 0: never. */
  readonly failureThreshold: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the circuit of one endpoint of an upstream, closed. It logs when it opens and when it closes. */
export function createCircuit({ upstream, endpoint, failureThreshold, clock, log }: CircuitOptions): Circuit {
  let machine = createCircuitMachine(failureThreshold);
  const note = (event: CircuitEvent): void => {
    const before = machine;
    const nowMs = clock.now();
    machine = advance(before, event, nowMs);
    if (before.openedAtMs !== undefined && machine.openedAtMs === undefined) {
      log('info', 'circuit closed', { upstream, endpoint, open_ms: nowMs - before.openedAtMs });
    }
  };
  const noteFailure = (ticket: number, { code, retryAfterSeconds }: GatewayError): void => {
    const wasClosed = machine.openedAtMs === undefined;
    note({ kind: 'failure', ticket, retryAfterSeconds, random: clock.random() });
    const { openedAtMs, untilMs, failuresInARow: failures } = machine;
    if (!wasClosed || openedAtMs === undefined) return;
    const fields = { upstream, endpoint, code, failures, open_ms: untilMs - openedAtMs };
    log('warn', 'circuit opened', fields, { circuits_opened: countOne });
  };
  const noteSuccess = (ticket: number): void => note({ kind: 'success', ticket });
  const noteNothing = (ticket: number): void => note({ kind: 'nothing', ticket });

  return {
    readState: () => stateOf(machine, clock.now()),
    enter: (deadlineMs) => {
      const waitMs = waitMsOf(machine, clock.now());
      if (waitMs !== undefined) {
        const message = `This model at the upstream ${upstream} has failed repeatedly and is left alone for a while`;
        const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
        throw new GatewayError('upstream_circuit_open', message, { retryAfterSeconds });
      }
      note({ kind: 'enter', deadlineMs });
      return machine.period;
    },
    noteBegun: (ticket) => {
      const isCurrent = ticket === machine.period;
      note({ kind: 'begun', ticket });
      // A probe that has begun closes the circuit, and its end is to be reported for the period that begins with that.
      return isCurrent ? machine.period : ticket;
    },
    noteSuccess,
    noteError: (ticket, error) => {
      const verdict = judgeError(error);
      if (verdict === 'success') noteSuccess(ticket);
      else if (verdict === 'nothing') noteNothing(ticket);
      else noteFailure(ticket, verdict);
    },
    noteNothing,
  };
}
