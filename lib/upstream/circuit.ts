// A circuit breaker for one endpoint: opens after failures in a row, closes after a successful probe.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { countOne } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import { judgeError } from './circuit-verdict.ts';

/** `half_open`: the time has come to try whether the endpoint serves again; one request may. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** It is kept in memory: each sandbox has its own, and learns for itself. */
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
  /** Reports an error: whether it tells of the upstream's health is judged here. */
  noteError(ticket: number, error: unknown): void;
  /** Reports an end that says nothing of the upstream, such as a caller who has left. */
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

/** How long it stays open the first time, and at most. */
const firstOpenMs = 5_000;
const longestOpenMs = 60_000;
/** How long it is shown as half open while no request comes to try; the next one still is the probe. */
const longestHalfOpenMs = 600_000;

/** Creates the circuit of one endpoint of an upstream, closed. */
export function createCircuit({ upstream, endpoint, failureThreshold, clock, log }: CircuitOptions): Circuit {
  let failuresInARow = 0;
  let isOpen = false;
  let openedAtMs = 0;
  let opensInARow = 0;
  let untilMs = 0;
  /** Until when a probe may be under way. */
  let probedUntilMs = 0;
  /**
   * A ticket is the number of the period it was issued in. A report from an earlier period is ignored: it says nothing of
   * the current state.
   */
  let period = 0;

  const stayOpen = ({ retryAfterSeconds = 0 }: GatewayError): void => {
    const ceilingMs = Math.min(longestOpenMs, firstOpenMs * 2 ** opensInARow);
    const askedMs = Math.min(longestOpenMs, retryAfterSeconds * 1_000);
    // Sandboxes that failed together are not to come back together.
    untilMs = clock.now() + Math.max(askedMs, ceilingMs * (1 - clock.random() / 4));
    opensInARow += 1;
    probedUntilMs = 0;
    period += 1;
  };
  const noteSuccess = (ticket: number): void => {
    if (ticket !== period) return;
    failuresInARow = 0;
    if (!isOpen) return;
    isOpen = false;
    opensInARow = 0;
    period += 1;
    log('info', 'circuit closed', { upstream, endpoint, open_ms: clock.now() - openedAtMs });
  };
  const noteFailure = (ticket: number, error: GatewayError): void => {
    if (ticket !== period) return;
    failuresInARow += 1;
    if (isOpen) {
      stayOpen(error);
    } else if (failureThreshold > 0 && failuresInARow >= failureThreshold) {
      isOpen = true;
      openedAtMs = clock.now();
      stayOpen(error);
      const { code } = error;
      const fields = { upstream, endpoint, code, failures: failuresInARow, open_ms: untilMs - openedAtMs };
      log('warn', 'circuit opened', fields, { circuits_opened: countOne });
    }
  };
  const noteNothing = (ticket: number): void => {
    // The next request is the probe then.
    if (ticket === period) probedUntilMs = 0;
  };

  return {
    readState: () => {
      const nowMs = clock.now();
      // What nobody has asked for in a long time is not what the others are told of.
      if (!isOpen || nowMs >= untilMs + longestHalfOpenMs) return 'closed';
      return nowMs < untilMs ? 'open' : 'half_open';
    },
    enter: (deadlineMs) => {
      if (!isOpen) return period;
      const nowMs = clock.now();
      const restMs = untilMs - nowMs;
      if (restMs > 0 || nowMs < probedUntilMs) {
        const message = `This model at the upstream ${upstream} has failed repeatedly and is left alone for a while`;
        const retryAfterSeconds = Math.max(1, Math.ceil(restMs / 1_000));
        throw new GatewayError('upstream_circuit_open', message, { retryAfterSeconds });
      }
      probedUntilMs = deadlineMs;
      return (period += 1);
    },
    noteBegun: (ticket) => {
      if (!isOpen || ticket !== period) return ticket;
      // It serves again: nobody else is to wait until a long text, or a slow reader of it, has come to its end.
      noteSuccess(ticket);
      return period;
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
