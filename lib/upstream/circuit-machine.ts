// The state of a circuit as a value, and a pure function that changes it when something happens to a request.

/** `half_open`: one request may try whether the endpoint serves again. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** All times are epoch milliseconds. */
export interface CircuitMachine {
  /** After how many failures in a row it opens; 0: never. */
  readonly failureThreshold: number;
  readonly failuresInARow: number;
  /** Since when it has been open, probes that failed included; undefined while it is closed. */
  readonly openedAtMs: number | undefined;
  readonly opensInARow: number;
  /** When the next probe may be made, once it is open. */
  readonly untilMs: number;
  /** Until when a probe may be under way. */
  readonly probedUntilMs: number;
  /**
   * The number of the current period. A request that is let through gets it as its ticket. A report with the ticket of an
   * earlier period says nothing about the current state and changes nothing.
   */
  readonly period: number;
}

/** What happens to a request. Only `enter` has no ticket: the ticket is the period that the machine is in after it. */
export type CircuitEvent =
  | { readonly kind: 'enter'; readonly deadlineMs: number }
  | { readonly kind: 'begun' | 'success' | 'nothing'; readonly ticket: number }
  | {
      readonly kind: 'failure';
      readonly ticket: number;
      /** How long the upstream asks to be left alone. */
      readonly retryAfterSeconds: number | undefined;
      /** A number in [0, 1). */
      readonly random: number;
    };

/** How long it stays open the first time, and at most. */
const firstOpenMs = 5_000;
const longestOpenMs = 60_000;
/** How long it is shown as half open while no request comes. The next request is the probe all the same. */
const longestHalfOpenMs = 600_000;

/** A closed circuit that nothing has happened to. */
export function createCircuitMachine(failureThreshold: number): CircuitMachine {
  return {
    failureThreshold,
    failuresInARow: 0,
    openedAtMs: undefined,
    opensInARow: 0,
    untilMs: 0,
    probedUntilMs: 0,
    period: 0,
  };
}

/** Returns the state after an event. `enter` is for a request that may pass: {@link waitMsOf} says which may. */
export function advance(state: CircuitMachine, event: CircuitEvent, nowMs: number): CircuitMachine {
  if (event.kind === 'enter') {
    if (state.openedAtMs === undefined) return state;
    return { ...state, probedUntilMs: event.deadlineMs, period: state.period + 1 };
  }
  if (event.ticket !== state.period) return state;
  switch (event.kind) {
    case 'begun':
      // The endpoint serves again. Other requests need not wait until a long text, or a slow reader, is done.
      return state.openedAtMs === undefined ? state : close(state);
    case 'success':
      return state.openedAtMs === undefined ? { ...state, failuresInARow: 0 } : close(state);
    case 'nothing':
      // The next request is the probe then.
      return { ...state, probedUntilMs: 0 };
    case 'failure':
    default:
      return fail(state, event, nowMs);
  }
}

function fail(before: CircuitMachine, event: CircuitEvent & { kind: 'failure' }, nowMs: number): CircuitMachine {
  const state = { ...before, failuresInARow: before.failuresInARow + 1 };
  const { failureThreshold, failuresInARow, openedAtMs, opensInARow } = state;
  const isToOpen = failureThreshold > 0 && failuresInARow >= failureThreshold;
  if (openedAtMs === undefined && !isToOpen) return state;
  const ceilingMs = Math.min(longestOpenMs, firstOpenMs * 2 ** opensInARow);
  const askedMs = Math.min(longestOpenMs, (event.retryAfterSeconds ?? 0) * 1_000);
  return {
    ...state,
    openedAtMs: openedAtMs ?? nowMs,
    opensInARow: opensInARow + 1,
    // A random part is left out, so that processes that failed together do not come back together.
    untilMs: nowMs + Math.max(askedMs, ceilingMs * (1 - event.random / 4)),
    probedUntilMs: 0,
    period: state.period + 1,
  };
}

function close({ failureThreshold, period }: CircuitMachine): CircuitMachine {
  return { ...createCircuitMachine(failureThreshold), period: period + 1 };
}

/** How many milliseconds a request has to wait; undefined when it may pass. 0 or less while a probe is under way. */
export function waitMsOf({ openedAtMs, untilMs, probedUntilMs }: CircuitMachine, nowMs: number): number | undefined {
  if (openedAtMs === undefined) return undefined;
  const restMs = untilMs - nowMs;
  return restMs > 0 || nowMs < probedUntilMs ? restMs : undefined;
}

/** What the state is called. A circuit that nobody has asked for in a long time is called closed. */
export function stateOf({ openedAtMs, untilMs }: CircuitMachine, nowMs: number): CircuitState {
  if (openedAtMs === undefined || nowMs >= untilMs + longestHalfOpenMs) return 'closed';
  return nowMs < untilMs ? 'open' : 'half_open';
}
