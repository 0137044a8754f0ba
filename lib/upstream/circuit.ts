// A circuit breaker for one endpoint: opens after failures in a row, closes after a successful probe.
import type { CompletionChunk } from '../core/completion.ts';
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { countOne } from '../core/log.ts';
import type { Log } from '../core/log.ts';
import { watchItems } from '../core/watch-items.ts';
import { advance, createCircuitMachine, stateOf, waitMsOf } from './circuit-machine.ts';
import type { CircuitEvent, CircuitState } from './circuit-machine.ts';
import { isCausedBySilence, judgeError } from './circuit-verdict.ts';
import type { Send } from './send.ts';

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

/**
 * Lets requests pass while the circuit of their endpoint does. It belongs around the retries: a request that fails counts
 * once, however often it was tried, and one that is not let through has made no attempt. A stream counts when it ends: one
 * that breaks off is a failure, and one that the caller leaves is neither. A stream that is a probe closes the circuit at
 * its first event.
 */
export function withCircuit(send: Send, findCircuit: (endpoint: string) => Circuit): Send {
  return async (request, call) => {
    const circuit = findCircuit(request.endpoint);
    const ticket = circuit.enter(call.deadlineMs);
    try {
      const answer = await send(request, call);
      if (answer.kind === 'stream') {
        return { kind: 'stream', chunks: watchChunks(answer.chunks, circuit, circuit.noteBegun(ticket), call.signal) };
      }
      circuit.noteSuccess(ticket);
      return answer;
    } catch (error) {
      noteThrown(circuit, ticket, error, call.signal);
      throw error;
    }
  };
}

/** What fails after the caller has left or the time has run out fails because of that, unless it was used up by silence. */
function noteThrown(circuit: Circuit, ticket: number, error: unknown, signal: AbortSignal): void {
  if (signal.aborted && !isCausedBySilence(error)) circuit.noteNothing(ticket);
  else circuit.noteError(ticket, error);
}

function watchChunks(
  chunks: AsyncIterable<CompletionChunk>,
  circuit: Circuit,
  ticket: number,
  signal: AbortSignal,
): AsyncIterable<CompletionChunk> {
  return watchItems(chunks, {
    onItem: ({ isEnd }) => {
      if (isEnd) circuit.noteSuccess(ticket);
    },
    mapError: (error) => {
      noteThrown(circuit, ticket, error, signal);
      return error;
    },
    onClose: (how) => {
      if (how === 'end') circuit.noteSuccess(ticket);
      if (how === 'left') circuit.noteNothing(ticket);
    },
  });
}
