// An adaptive rate limiter for one sandbox: a limit after an answer doubles the spacing of calls, each answer shrinks
// it by 2 %, and every limit pauses all calls, for longer when limits come in a row.
import { GatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { createBestSecond } from './best-second.ts';

export interface Pace {
  /**
   * Resolves when the next call may start.
   *
   * @throws GatewayError `deadline_exceeded`, or while the upstream limits us the limit, at once when the turn would
   * come too late to be answered before the deadline; the error of {@link dismiss}; the signal's reason when it aborts.
   */
  takeTurn(deadlineMs: number, signal: AbortSignal): Promise<void>;
  /** Tells how long a call took that was answered. */
  noteAnswer(durationMs: number): void;
  /** Tells that the upstream limited us: nobody starts a call for a while, and then they start further apart. */
  noteLimit(error: GatewayError): void;
  /** Sends away those who are waiting for a turn. */
  dismiss(error: GatewayError): void;
  /** Resolves when an invocation may end without the next one, perhaps in another sandbox, coming too early. */
  settle(deadlineMs: number, signal: AbortSignal): Promise<void>;
}

export interface PaceOptions {
  /** Least time between the starts of two calls; 0 for no limit. */
  readonly intervalMs: number;
  /** How many sandboxes share the upstream's quota. */
  readonly sandboxes: number;
  readonly clock: Clock;
}

/** How long a call is expected to take as long as none has been answered, and the bounds of what is expected. */
const firstExpectationMs = 10_000;
const leastExpectationMs = 1_000;
const mostExpectationMs = 50_000;
/** The share of a longer expectation that is left after a shorter answer. */
const expectationDecay = 0.85;
/**
 * The spacing after a first limit, and its bounds. A limit doubles it, and 35 answers make up for that: so of the calls
 * that find out a quota nobody configured about one in thirty is refused.
 */
const firstSpacingMs = 100;
const leastSpacingMs = 20;
const longestSpacingMs = 10_000;
const growthPerLimit = 2;
const shrinkPerAnswer = 0.98;
/** The longest that a short rest grows to, for each sandbox that shares the quota. */
const shortRestPerSandboxMs = 250;
/** When nothing but limits has come for so long, calls become rare: a rest after each, which doubles up to a bound. */
const patienceMs = 60_000;
const firstRestMs = 1_000;
const longestRestMs = 60_000;
/** The longest an upstream may ask us to stay away: what a message can stay invisible for. */
const longestAskedMs = 900_000;

/** Creates the pace of one sandbox. */
export function createPace({ intervalMs, sandboxes, clock }: PaceOptions): Pace {
  let spacingMs = intervalMs;
  let nextTurnMs = 0;
  let lastStartMs = -Infinity;
  let expectedMs = firstExpectationMs;
  let lastLimit: GatewayError | undefined;
  /** When the first limit came that no answer has followed. */
  let limitedSinceMs: number | undefined;
  let limitsInARow = 0;
  let restMs = firstRestMs;
  let restsUntilMs = 0;
  /** Counts limits; the turns given out before one are void. */
  let limits = 0;
  let dismissed: { readonly error: GatewayError } | undefined;
  const best = createBestSecond(clock);
  /**
   * A quota per second is no less than what was answered within a second lately, and leaves a sandbox two thirds of its
   * fair share. So what limits us at a lower rate is something else, and calling less often would not help.
   */
  const findSlowestMs = (): number => Math.min(longestSpacingMs, (1_500 * sandboxes - 1_000) / best.read());

  return {
    takeTurn: async (deadlineMs, signal) => {
      const dismissedBefore = dismissed;
      for (let isTurn = false; !isTurn;) {
        const turnMs = Math.max(clock.now(), nextTurnMs);
        if (turnMs + expectedMs > deadlineMs) throw createTimeError(clock.now() < restsUntilMs ? lastLimit : undefined);
        nextTurnMs = turnMs + spacingMs;
        const limitsBefore = limits;
        if (turnMs > clock.now()) await clock.sleep(turnMs - clock.now(), signal);
        signal.throwIfAborted();
        if (dismissed !== undefined && dismissed !== dismissedBefore) throw dismissed.error;
        isTurn = limits === limitsBefore;
      }
      lastStartMs = clock.now();
    },
    noteAnswer: (durationMs) => {
      best.note();
      expectedMs = Math.max(leastExpectationMs, Math.min(mostExpectationMs, durationMs), expectedMs * expectationDecay);
      const shrunkMs = spacingMs * shrinkPerAnswer;
      spacingMs = Math.max(intervalMs, shrunkMs < leastSpacingMs ? 0 : shrunkMs);
      limitedSinceMs = undefined;
      limitsInARow = 0;
      restMs = firstRestMs;
    },
    noteLimit: (error) => {
      const now = clock.now();
      lastLimit = error;
      limits += 1;
      // Calls that were under way together are limited together: that is one limit.
      if (now >= restsUntilMs) {
        if (limitedSinceMs === undefined) {
          const grownMs = Math.min(findSlowestMs(), Math.max(firstSpacingMs, spacingMs * growthPerLimit));
          spacingMs = Math.max(spacingMs, grownMs);
          limitedSinceMs = now;
        }
        limitsInARow += 1;
        const shortRestMs = Math.min(
          spacingMs * growthPerLimit ** (limitsInARow - 1),
          shortRestPerSandboxMs * sandboxes,
        );
        const isLasting = now - limitedSinceMs > patienceMs;
        restsUntilMs = now + (isLasting ? restMs : Math.max(spacingMs, shortRestMs)) * (1 + clock.random() / 2);
        if (isLasting) restMs = Math.min(longestRestMs, restMs * 2);
      }
      const askedMs = Math.min(longestAskedMs, (error.retryAfterSeconds ?? 0) * 1_000);
      restsUntilMs = Math.max(restsUntilMs, now + askedMs);
      nextTurnMs = Math.max(lastStartMs + spacingMs, restsUntilMs);
    },
    dismiss: (error) => {
      dismissed = { error };
    },
    settle: async (deadlineMs, signal) => {
      // During a long rest an ended invocation would only be followed by one that receives for nothing.
      const untilMs = Math.max(lastStartMs + intervalMs, restsUntilMs);
      const waitMs = Math.min(untilMs, deadlineMs) - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
    },
  };
}

function createTimeError(limit: GatewayError | undefined): GatewayError {
  return limit ?? new GatewayError('deadline_exceeded', 'Too little time was left to call the upstream');
}
