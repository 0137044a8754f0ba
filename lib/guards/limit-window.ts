// The windows that limits are counted in: minutes and days of UTC.

export interface LimitWindow {
  /** How many there have been since 1970. */
  readonly index: number;
  /** Epoch milliseconds at which the next one begins. */
  readonly endsAtMs: number;
}

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** The window of a length that a moment, in epoch milliseconds, is in. */
export function findWindow(nowMs: number, lengthMs: number): LimitWindow {
  const index = Math.floor(nowMs / lengthMs);
  return { index, endsAtMs: (index + 1) * lengthMs };
}

/** Whole seconds until a moment, rounded up; 1 for a moment that has passed just now. */
export function secondsUntil(endsAtMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((endsAtMs - nowMs) / 1_000));
}

/**
 * A duration as OpenAI writes it in `x-ratelimit-reset-*`: `12s`, `6m0s`, `13h4m2s`
 * (https://platform.openai.com/docs/guides/rate-limits).
 */
export function formatDuration(totalSeconds: number): string {
  const hours = Math.floor(totalSeconds / 3_600);
  const minutes = Math.floor(totalSeconds / 60) % 60;
  const seconds = `${totalSeconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
