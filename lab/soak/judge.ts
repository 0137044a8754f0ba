// What a soak has shown, in figures, and whether the gateway kept its promises.
import { median, percentile, sort } from '../bench/statistics.ts';
import type { LoadResult } from './run-load.ts';
import type { Sample } from './watch-process.ts';

export interface SoakFigures {
  readonly load: LoadResult;
  readonly samples: readonly Sample[];
  /** Before the first request, and when callers and upstream have gone. */
  readonly atRest: readonly [before: Sample, after: Sample];
}

export interface Verdict {
  readonly lines: readonly string[];
  /** What was promised and did not hold; empty when all did. */
  readonly violations: readonly string[];
}

const megabyte = 1_048_576;

/** How much a later part of the run may hold more than an earlier one, and how many handles may be left. */
const tolerance = { growth: 1.15, bytes: 16 * megabyte, handles: 10 };

export function judge({ load, samples, atRest }: SoakFigures): Verdict {
  const violations = [...load.unexplained].map(([what, count]) => `unexplained, ${count} times: ${what}`);
  // The first part warms up: code is compiled, pools are filled.
  const [, second = [], , , last = []] = splitInFive(samples.map(({ residentBytes }) => residentBytes));
  const lines = [
    `${load.requests} requests, ${load.streams} of them streams; ${load.faults} met a fault; ` +
      `${violations.length === 0 ? 0 : sum(load.unexplained.values())} unexplained`,
  ];
  if (last.length > 0) {
    const [early, late] = [median(second), median(last)];
    lines.push(`memory: ${toMegabytes(early)} MB in the second fifth, ${toMegabytes(late)} MB in the last`);
    if (late > early * tolerance.growth + tolerance.bytes) violations.push('memory grew');
  }
  const [, early = [], , , late = []] = splitInFive(samples.map(({ handles }) => handles));
  if (late.length > 0 && median(late) > median(early) * tolerance.growth + tolerance.handles)
    violations.push('handles grew');
  const [before, after] = atRest;
  lines.push(`handles: ${before.handles} before, ${after.handles} after`);
  if (after.handles > before.handles + tolerance.handles) violations.push('handles were left open');
  lines.push(...describeLatency(load));
  return { lines, violations };
}

function describeLatency({ firstEventMs }: LoadResult): string[] {
  const [gateway, direct] = [sort(firstEventMs.gateway), sort(firstEventMs.direct)];
  if (gateway.length === 0 || direct.length === 0) return [];
  return [50, 99].map((percent) => {
    const [ours, theirs] = [percentile(gateway, percent), percentile(direct, percent)];
    return `first event, p${percent}: ${ours.toFixed(1)} ms, of the upstream alone ${theirs.toFixed(1)} ms: ${(ours - theirs).toFixed(1)} ms added`;
  });
}

function splitInFive(values: readonly number[]): number[][] {
  const size = Math.floor(values.length / 5);
  return size === 0 ? [] : Array.from({ length: 5 }, (_, part) => values.slice(part * size, (part + 1) * size));
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

function toMegabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(0);
}
