// The windows in which limits are counted: minutes and days of UTC.

export interface LimitWindow {
  /** How many windows of this length there have been since 1970. */
  readonly index: number;
  /** Epoch milliseconds at which the next one begins. */
  readonly endsAtMs: number;
}

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** Finds the window of a length that a moment (epoch milliseconds) is in. */
export function findWindow(nowMs: number, lengthMs: number): LimitWindow {
  const index = Math.floor(nowMs / lengthMs);
  return { index, endsAtMs: (index + 1) * lengthMs };
}

/** Returns the whole seconds until a moment, rounded up; at least 1. */
export function secondsUntil(endsAtMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((endsAtMs - nowMs) / 1_000));
}

/**
 * Writes a duration as OpenAI does in `x-ratelimit-reset-*`: `12s`, `6m0s`, `13h4m2s`
 * (https://platform.openai.com/docs/guides/rate-limits).
 */
export function formatDuration(totalSeconds: number): string {
  const hours = Math.floor(totalSeconds / 3_600);
  const minutes = Math.floor(totalSeconds / 60) % 60;
  const seconds = `${totalSeconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
