// The goals for the gateway, and which measurements meet them.
import type { Comparison } from './compare.ts';
import type { Dialect } from './fixtures.ts';

/** The goals, measured side by side in one run. */
export const wanted = {
  /** Times Portkey's requests per second, at least. */
  throughputRatio: 5,
  /** Portkey's p99 over ours, at least. */
  p99Ratio: 5,
  /** Milliseconds that a stream's first byte comes after the direct one, at one connection, at most. */
  firstByteBehindMs: 1.2,
  /** CPU milliseconds per request, at most. */
  cpuMsPerRequest: 0.3,
} as const;

export interface Verdict {
  readonly wish: string;
  readonly findings: readonly Finding[];
}

export interface Finding {
  /** Mode, connections, and the dialect where it matters. */
  readonly place: string;
  /** What was measured, with its unit. */
  readonly value: string;
  readonly holds: boolean;
}

/** Judges a run by the goals. A goal that could not be measured is left out. */
export function judge(comparisons: readonly Comparison[]): readonly Verdict[] {
  return [
    {
      wish: `at least ${wanted.throughputRatio} × Portkey's requests per second`,
      findings: comparisons.map((comparison) => ({
        place: placeOf(comparison),
        value: `${formatRatio(comparison.throughputRatio)} (bare proxy: ${formatRatio(comparison.bareThroughputRatio)})`,
        holds: comparison.throughputRatio >= wanted.throughputRatio,
      })),
    },
    {
      wish: `a p99 of at most 1/${wanted.p99Ratio} of Portkey's`,
      findings: comparisons.map((comparison) => ({
        place: placeOf(comparison),
        value: `1/${comparison.p99Ratio.toFixed(1)}`,
        holds: comparison.p99Ratio >= wanted.p99Ratio,
      })),
    },
    {
      wish: `a stream's first byte at most ${wanted.firstByteBehindMs} ms behind direct, at one connection`,
      findings: comparisons
        .filter(({ mode, connections }) => mode === 'stream' && connections === 1)
        .flatMap((comparison) => judgeMs(comparison, comparison.firstByteBehindMs, wanted.firstByteBehindMs)),
    },
    {
      wish: `at most ${wanted.cpuMsPerRequest} ms of CPU per request`,
      findings: comparisons.flatMap((comparison) =>
        judgeMs(comparison, comparison.cpuMsPerRequest, wanted.cpuMsPerRequest),
      ),
    },
  ];
}

function judgeMs(
  comparison: Comparison,
  measured: Readonly<Record<Dialect, number | undefined>>,
  longestMs: number,
): readonly Finding[] {
  const dialects = [
    ['OpenAI', measured.openai],
    ['V1', measured.v1],
  ] as const;
  return dialects.flatMap(([dialect, ms]) =>
    ms === undefined
      ? []
      : [{ place: `${placeOf(comparison)}, ${dialect}`, value: `${ms.toFixed(2)} ms`, holds: ms <= longestMs }],
  );
}

function placeOf({ mode, connections }: Comparison): string {
  return `${mode} ${connections}`;
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(1)} ×`;
}
