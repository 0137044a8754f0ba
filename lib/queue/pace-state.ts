// When the next call may start, as a value that events move on: an adaptive rate limiter without a clock.
import type { GatewayError } from '../core/errors.ts';
import { countAnswer, noSecond, readBestSecond } from './best-second.ts';
import type { BestSecond } from './best-second.ts';

/** All times are epoch milliseconds, all durations milliseconds. */
export interface PaceState {
  /** Least time between the starts of two calls; 0 for no limit. */
  readonly intervalMs: number;
  /** How many processes share the upstream's quota. */
  readonly sandboxes: number;
  /** Time between the starts of two calls, as limits and answers have made it. */
  readonly spacingMs: number;
  /** When the next turn is free. */
  readonly nextTurnMs: number;
  readonly lastStartMs: number;
  /** How long the next answer is expected to take. */
  readonly expectedMs: number;
  /** Counts limits. A turn that was given out before a limit is void after it. */
  readonly limits: number;
  readonly lastLimit: GatewayError | undefined;
  /** When the first limit came that no answer has followed. */
  readonly limitedSinceMs: number | undefined;
  readonly limitsInARow: number;
  /** How long the next rest of an upstream lasts that has done nothing but limit for a minute. */
  readonly restMs: number;
  /** Until then nobody starts a call. */
  readonly restsUntilMs: number;
  readonly best: BestSecond;
  /** Counts dismissals. Whoever waits for a turn while one comes gets its error instead. */
  readonly dismissals: number;
  readonly lastDismissal: GatewayError | undefined;
}

export type PaceEvent =
  /** Somebody takes the next turn, and will wait for it. */
  | { readonly kind: 'turn_taken' }
  | { readonly kind: 'call_started' }
  | { readonly kind: 'answered'; readonly durationMs: number }
  /** The upstream refused a call because too much was asked for. `random` is a number in [0, 1). */
  | { readonly kind: 'limited'; readonly error: GatewayError; readonly random: number }
  /** Those who wait for a turn are sent away. */
  | { readonly kind: 'dismissed'; readonly error: GatewayError };

/** How long a call is expected to take as long as none has been answered, and the bounds of what is expected. */
const firstExpectationMs = 10_000;
const leastExpectationMs = 1_000;
const mostExpectationMs = 50_000;
/** The share of a longer expectation that is left after a shorter answer. */
const expectationDecay = 0.85;
/**
 * The spacing after a first limit, and its bounds. A limit doubles it, and 35 answers make up for that. So where nobody
 * has configured a quota, about one call in thirty is refused while it is found out.
 */
const firstSpacingMs = 100;
const leastSpacingMs = 20;
const longestSpacingMs = 10_000;
const growthPerLimit = 2;
const shrinkPerAnswer = 0.98;
/** The longest that a short rest grows to, for each sandbox that shares the quota. */
const shortRestPerSandboxMs = 250;
/** When nothing but limits has come for so long, there is a rest after each, which doubles up to a bound. */
const patienceMs = 60_000;
const firstRestMs = 1_000;
const longestRestMs = 60_000;
/** The longest that an upstream may ask us to stay away, which is how long a message can stay invisible. */
const longestAskedMs = 900_000;

/** The state before the first call. */
export function beginPace(intervalMs: number, sandboxes: number): PaceState {
  return {
    intervalMs,
    sandboxes,
    spacingMs: intervalMs,
    nextTurnMs: 0,
    lastStartMs: -Infinity,
    expectedMs: firstExpectationMs,
    limits: 0,
    lastLimit: undefined,
    limitedSinceMs: undefined,
    limitsInARow: 0,
    restMs: firstRestMs,
    restsUntilMs: 0,
    best: noSecond,
    dismissals: 0,
    lastDismissal: undefined,
  };
}

/** Returns the state after an event that happens now. */
export function advancePace(state: PaceState, event: PaceEvent, nowMs: number): PaceState {
  if (event.kind === 'turn_taken') return { ...state, nextTurnMs: findTurn(state, nowMs) + state.spacingMs };
  if (event.kind === 'call_started') return { ...state, lastStartMs: nowMs };
  if (event.kind === 'answered') return advanceByAnswer(state, event.durationMs, nowMs);
  if (event.kind === 'limited') return advanceByLimit(state, event, nowMs);
  return { ...state, dismissals: state.dismissals + 1, lastDismissal: event.error };
}

/** When the next turn is, for whoever asks now. */
export function findTurn({ nextTurnMs }: PaceState, nowMs: number): number {
  return Math.max(nowMs, nextTurnMs);
}

/**
 * When an invocation may end without the next one, perhaps in another sandbox, coming too early. During a long rest, an
 * invocation that ended would only be followed by one that receives messages for nothing.
 */
export function findSettledTime({ lastStartMs, intervalMs, restsUntilMs }: PaceState): number {
  return Math.max(lastStartMs + intervalMs, restsUntilMs);
}

function advanceByAnswer(state: PaceState, durationMs: number, nowMs: number): PaceState {
  const { expectedMs, spacingMs, intervalMs } = state;
  const boundedMs = Math.max(leastExpectationMs, Math.min(mostExpectationMs, durationMs));
  const shrunkMs = spacingMs * shrinkPerAnswer;
  return {
    ...state,
    best: countAnswer(state.best, nowMs),
    expectedMs: Math.max(boundedMs, expectedMs * expectationDecay),
    spacingMs: Math.max(intervalMs, shrunkMs < leastSpacingMs ? 0 : shrunkMs),
    limitedSinceMs: undefined,
    limitsInARow: 0,
    restMs: firstRestMs,
  };
}

function advanceByLimit(
  state: PaceState,
  { error, random }: Extract<PaceEvent, { readonly kind: 'limited' }>,
  nowMs: number,
): PaceState {
  // Calls that were under way together are limited together: that is one limit.
  const rested = nowMs < state.restsUntilMs ? state : rest(state, random, nowMs);
  const askedMs = Math.min(longestAskedMs, (error.retryAfterSeconds ?? 0) * 1_000);
  const restsUntilMs = Math.max(rested.restsUntilMs, nowMs + askedMs);
  const nextTurnMs = Math.max(rested.lastStartMs + rested.spacingMs, restsUntilMs);
  return { ...rested, lastLimit: error, limits: rested.limits + 1, restsUntilMs, nextTurnMs };
}

/** After a limit, calls start further apart, and none starts for a while: for longer when limits come in a row. */
function rest(state: PaceState, random: number, nowMs: number): PaceState {
  const { sandboxes, limitedSinceMs = nowMs, restMs } = state;
  const limitsInARow = state.limitsInARow + 1;
  const spacingMs = state.limitedSinceMs === undefined ? growSpacing(state, nowMs) : state.spacingMs;
  const isLasting = nowMs - limitedSinceMs > patienceMs;
  const grownMs = Math.min(spacingMs * growthPerLimit ** (limitsInARow - 1), shortRestPerSandboxMs * sandboxes);
  const leastMs = isLasting ? restMs : Math.max(spacingMs, grownMs);
  return {
    ...state,
    spacingMs,
    limitedSinceMs,
    limitsInARow,
    restsUntilMs: nowMs + leastMs * (1 + random / 2),
    restMs: isLasting ? Math.min(longestRestMs, restMs * 2) : restMs,
  };
}

/**
 * A quota per second is no less than what was answered within a second lately, and leaves a sandbox two thirds of its
 * fair share. So what limits us at a lower rate is something else, and calling less often would not help.
 */
function growSpacing({ spacingMs, sandboxes, best }: PaceState, nowMs: number): number {
  const slowestMs = Math.min(longestSpacingMs, (1_500 * sandboxes - 1_000) / readBestSecond(best, nowMs));
  return Math.max(spacingMs, Math.min(slowestMs, Math.max(firstSpacingMs, spacingMs * growthPerLimit)));
}
