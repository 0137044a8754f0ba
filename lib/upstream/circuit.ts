// Leaves an upstream alone that is down: a circuit that opens after failures in a row and closes after a probe.
import type { CompletionChunk } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { one } from '../platform/logger.ts';
import type { Log } from '../platform/logger.ts';
import type { Send } from './send.ts';

/** `half_open`: the time has come to try whether the upstream serves again; one request may. */
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
  noteSuccess(ticket: number): void;
  /** Reports an error: whether it tells of the upstream's health is judged here. */
  noteError(ticket: number, error: unknown): void;
  /** Reports an end that says nothing of the upstream, such as a caller who has left. */
  noteNothing(ticket: number): void;
}

export interface CircuitOptions {
  /** The upstream's name. */
  readonly upstream: string;
  /** How many requests have to fail in a row; 0: the circuit never opens. */
  readonly failureCount: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long it stays open the first time, and at most. */
const firstOpenMs = 5_000;
const longestOpenMs = 60_000;

/** That an upstream is overloaded counts, because servers that are down answer 503, which means that. */
const failures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'service_unavailable',
  'high_load',
  'upstream_unreachable',
  'upstream_http_error',
  'upstream_connect_timeout',
  'upstream_timeout',
  'upstream_idle_timeout',
  'upstream_truncated',
]);

/** Errors that may be our own, or a model's, or that no upstream had a part in. Any other is an answer, so it is well. */
const inconclusive: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unknown_error',
  'internal_error',
  'console_error',
  'service_token_failed',
  'upstream_invalid_response',
  'deadline_exceeded',
  'client_disconnected',
]);

/** Creates the circuit of one upstream, closed. */
export function createCircuit({ upstream, failureCount, clock, log }: CircuitOptions): Circuit {
  let failuresInARow = 0;
  let isOpen = false;
  let openedAtMs = 0;
  let opensInARow = 0;
  let untilMs = 0;
  /** Until when a probe may be under way. */
  let probedUntilMs = 0;
  /** Tickets are those of the period in which they were given out: what began before a change says nothing of now. */
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
    log('info', 'circuit closed', { upstream, open_ms: clock.now() - openedAtMs });
  };
  const noteFailure = (ticket: number, error: GatewayError): void => {
    if (ticket !== period) return;
    failuresInARow += 1;
    if (isOpen) {
      stayOpen(error);
    } else if (failureCount > 0 && failuresInARow >= failureCount) {
      isOpen = true;
      openedAtMs = clock.now();
      stayOpen(error);
      const fields = { upstream, code: error.code, failures: failuresInARow, open_ms: untilMs - openedAtMs };
      log('warn', 'circuit opened', fields, { circuits_opened: one });
    }
  };
  const noteNothing = (ticket: number): void => {
    // The next request is the probe then.
    if (ticket === period) probedUntilMs = 0;
  };

  return {
    readState: () => (isOpen ? (clock.now() < untilMs ? 'open' : 'half_open') : 'closed'),
    enter: (deadlineMs) => {
      if (!isOpen) return period;
      const nowMs = clock.now();
      const restMs = untilMs - nowMs;
      if (restMs > 0 || nowMs < probedUntilMs) {
        const message = `The upstream ${upstream} has failed repeatedly and is left alone for a while`;
        const retryAfterSeconds = Math.max(1, Math.ceil(restMs / 1_000));
        throw new GatewayError('upstream_circuit_open', message, { retryAfterSeconds });
      }
      probedUntilMs = deadlineMs;
      return (period += 1);
    },
    noteSuccess,
    noteError: (ticket, error) => {
      if (!(error instanceof GatewayError) || inconclusive.has(error.code)) noteNothing(ticket);
      else if (failures.has(error.code)) noteFailure(ticket, error);
      else noteSuccess(ticket);
    },
    noteNothing,
  };
}

/**
 * Lets requests pass while the circuit does. It belongs around the retries: a request that fails counts once, however often
 * it was tried, and one that is not let through has made no attempt. A stream counts when it ends: one that breaks off is
 * a failure, and one that the caller leaves is neither.
 */
export function withCircuit(send: Send, circuit: Circuit): Send {
  return async (request, call) => {
    const ticket = circuit.enter(call.deadlineMs);
    try {
      const answer = await send(request, call);
      if (answer.kind === 'stream') {
        return { kind: 'stream', chunks: watchChunks(answer.chunks, circuit, ticket, call.signal) };
      }
      circuit.noteSuccess(ticket);
      return answer;
    } catch (error) {
      noteThrown(circuit, ticket, error, call.signal);
      throw error;
    }
  };
}

/** What fails after the caller has left or the time has run out fails because of that. */
function noteThrown(circuit: Circuit, ticket: number, error: unknown, signal: AbortSignal): void {
  if (signal.aborted) circuit.noteNothing(ticket);
  else circuit.noteError(ticket, error);
}

/** Written by hand because a generator would cost each chunk several times as much. */
function watchChunks(
  chunks: AsyncIterable<CompletionChunk>,
  circuit: Circuit,
  ticket: number,
  signal: AbortSignal,
): AsyncIterable<CompletionChunk> {
  const iterator = chunks[Symbol.asyncIterator]();
  const watching: AsyncIterator<CompletionChunk> = {
    next: async () => {
      try {
        const result = await iterator.next();
        if (result.done === true || result.value.isEnd) circuit.noteSuccess(ticket);
        return result;
      } catch (error) {
        noteThrown(circuit, ticket, error, signal);
        throw error;
      }
    },
    return: async () => {
      circuit.noteNothing(ticket);
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => watching };
}
