// The few statistics that the benchmark reports.

/** Sorts a copy, smallest first. */
export function sort(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).toSorted();
}

/**
 * The smallest of the values that at least `percent` % of them do not exceed (nearest rank).
 *
 * @param sorted Smallest first.
 * @throws Error when there are none.
 */
export function percentile(sorted: Float64Array, percent: number): number {
  const value = sorted[Math.max(1, Math.ceil((sorted.length * percent) / 100)) - 1];
  if (value === undefined) throw new Error('There is no percentile of no values');
  return value;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const half = sorted.length / 2;
  return (percentile(sorted, 50) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

/** How far the values lie apart, as a share of their median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
