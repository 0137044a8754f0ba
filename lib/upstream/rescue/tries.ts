// How long a rescue waits between its tries while an upstream is away, and when it gives up.

/** Of one rescue; all times are epoch milliseconds. */
export interface Tries {
  /** How many have failed. */
  readonly failed: number;
  /** No try is made after this time. */
  readonly untilMs: number;
  /** No answer can reach the caller from then on, so none is asked for. */
  readonly deadlineMs: number;
}

/** The pause after the first try that failed, which doubles with each further one, and the longest. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** How long after the death of a stream its continuation is asked for: a server that restarts is back by then. */
const longestRescueMs = 15_000;

/** A stream has died, and the first try is made at once. */
export function beginTries(diedAtMs: number, deadlineMs: number): Tries {
  return { failed: 0, untilMs: diedAtMs + longestRescueMs, deadlineMs };
}

export interface FailedTry {
  readonly nowMs: number;
  /** How long the upstream asks to be left alone: it is not asked earlier. */
  readonly retryAfterSeconds: number | undefined;
  /** A number in [0, 1). Up to half of a pause is left out by chance, so that callers do not come back together. */
  readonly random: number;
}

/** A try has failed. Returns how long to wait until the next one; undefined when there is none in time. */
export function nextTry(
  { failed, untilMs, deadlineMs }: Tries,
  { nowMs, retryAfterSeconds = 0, random }: FailedTry,
): { readonly tries: Tries; readonly waitMs: number } | undefined {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failed) * (1 - random / 2);
  // The last pause is cut short, so that an upstream that comes back late is met as well.
  const waitMs = Math.max(retryAfterSeconds * 1_000, Math.min(pauseMs, untilMs - nowMs));
  const atMs = nowMs + waitMs;
  if (nowMs >= untilMs || atMs > untilMs || atMs >= deadlineMs) return undefined;
  return { tries: { failed: failed + 1, untilMs, deadlineMs }, waitMs };
}
