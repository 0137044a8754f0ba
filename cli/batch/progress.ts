// Formats the progress of a batch as a line of text.

export interface ProgressSnapshot {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Results that have come since this process began. */
  readonly arrived: number;
  /** Since this process began. */
  readonly elapsedMs: number;
}

const longestBar = 30;

/** Formats a line with a bar, at most as long as the terminal is wide. */
export function formatBar(snapshot: ProgressSnapshot, columns: number): string {
  const text = ` ${formatProgress(snapshot)}`;
  const width = Math.min(longestBar, columns - text.length - 1);
  if (width < 5) return text.trim().slice(0, Math.max(columns - 1, 0));
  const { total, succeeded, failed } = snapshot;
  const filled = total === 0 ? width : Math.floor(((succeeded + failed) / total) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled) + text;
}

/** `412/1000 (41%), 403 succeeded, 9 failed, 4.1/s, 2:23 left`. */
export function formatProgress({ total, succeeded, failed, arrived, elapsedMs }: ProgressSnapshot): string {
  const done = succeeded + failed;
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const counts = `${done}/${total} (${percent}%), ${succeeded} succeeded, ${failed} failed`;
  const perSecond = elapsedMs === 0 ? 0 : (arrived / elapsedMs) * 1_000;
  if (perSecond === 0 || done === total) return counts;
  return `${counts}, ${perSecond.toFixed(1)}/s, ${formatDuration((total - done) / perSecond)} left`;
}

/** `1000 of 1000: 990 succeeded, 10 failed`. */
export function formatSummary({ total, succeeded, failed }: Omit<ProgressSnapshot, 'arrived' | 'elapsedMs'>): string {
  return `${succeeded + failed} of ${total}: ${succeeded} succeeded, ${failed} failed`;
}

/** `0:07`, `12:34`, `5:06:07`. */
function formatDuration(durationSeconds: number): string {
  const seconds = Math.ceil(durationSeconds);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const parts = hours === 0 ? [minutes, seconds % 60] : [hours, minutes, seconds % 60];
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
