// The results as Markdown, for the terminal and for docs/benchmarks.md.
import type { Comparison } from './compare.ts';
import type { Mode } from './fixtures.ts';
import { judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import type { Cell, Plan } from './measure.ts';
import type { TargetName } from './start-targets.ts';
import { median, percentile, spread } from './statistics.ts';

export interface RunFacts {
  readonly command: string;
  /** ISO 8601, to the day. */
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly operatingSystem: string;
  readonly nodeVersion: string;
  readonly portkeyVersion: string;
  readonly portkeyNodeVersion: string;
  /** What else ran: the system's load average before and after. */
  readonly loadAverages: readonly [before: number, after: number];
  readonly plan: Plan;
}

const names: Readonly<Record<TargetName, string>> = {
  'direct-openai': 'direct, OpenAI',
  'bare-openai': 'bare proxy, OpenAI',
  'ours-openai': '**ours, OpenAI**',
  'portkey-openai': 'Portkey, OpenAI',
  'direct-v1': 'direct, V1',
  'ours-v1': '**ours, V1**',
};

const titles: Readonly<Record<Mode, string>> = {
  plain: 'Whole answers',
  stream: 'Streams of 20 chunks',
};

/** Writes the report. */
export function formatReport(facts: RunFacts, cells: readonly Cell[], comparisons: readonly Comparison[]): string {
  return [
    formatFacts(facts),
    ...(['plain', 'stream'] as const).flatMap((mode) => [`### ${titles[mode]}`, formatCells(cells, mode)]),
    '### Wanted and measured',
    formatVerdicts(judge(comparisons)),
    formatNoise(facts, cells),
  ].join('\n\n');
}

function formatFacts(facts: RunFacts): string {
  const { plan } = facts;
  const seconds = (plan.rounds * plan.sliceMs) / 1_000;
  return [
    `\`${facts.command}\`, ${facts.date}; ${facts.cpu}, ${facts.cores} cores, ${facts.operatingSystem};`,
    `Node.js ${facts.nodeVersion}, Portkey ${facts.portkeyVersion} on Node.js ${facts.portkeyNodeVersion};`,
    `${seconds} s per row, in ${plan.rounds} rounds.`,
  ].join(' ');
}

function formatCells(cells: readonly Cell[], mode: Mode): string {
  const order = Object.keys(names);
  const rows = cells
    .filter((cell) => cell.mode === mode)
    .toSorted((a, b) => a.connections - b.connections || order.indexOf(a.target) - order.indexOf(b.target))
    .map((cell) => [
      String(cell.connections),
      names[cell.target],
      formatRate(median(cell.requestsPerSecond)),
      formatMs(percentile(cell.latencies, 50)),
      formatMs(percentile(cell.latencies, 99)),
      formatMs(percentile(cell.firstBytes, 50)),
      cell.cpuMsPerRequest?.toFixed(3) ?? '–',
      cell.residentBytes === undefined ? '–' : (cell.residentBytes / 1_048_576).toFixed(0),
    ]);
  const head = [
    'connections',
    'server',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'first byte p50 ms',
    'CPU ms/request',
    'RSS MB',
  ];
  return formatTable(head, rows);
}

function formatVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ wish, findings }) => {
    const held = findings.filter(({ holds }) => holds);
    const values = findings.map(({ place, value, holds }) => `${holds ? '✓' : '✗'} ${place}: ${value}`);
    return [wish, `${held.length} of ${findings.length}`, values.join('<br>')];
  });
  return formatTable(['wanted', 'holds', 'measured'], rows);
}

/** Says how much the rounds differ, which shows how far the numbers above can be trusted. */
function formatNoise({ loadAverages }: RunFacts, cells: readonly Cell[]): string {
  const spreads = cells.map(({ requestsPerSecond }) => spread(requestsPerSecond));
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const [before, after] = loadAverages.map((average) => average.toFixed(1));
  return [
    `Between the rounds of one row, requests per second lay ${percent(median(spreads))} apart (the median of all rows;`,
    `at most ${percent(Math.max(...spreads))}); the system's load average was ${before} before the run and ${after}`,
    'after it.',
  ].join(' ');
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (values: readonly string[]): string => `| ${values.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function formatRate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en');
}

function formatMs(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}
