// From measured cells to the judged report.
import { readBenchOptions, UsageError } from '../../../lab/bench/bench-options.ts';
import { compare } from '../../../lab/bench/compare.ts';
import { judge } from '../../../lab/bench/judge.ts';
import type { Cell } from '../../../lab/bench/measure.ts';
import { readCpuMs, readProcessUsage } from '../../../lab/bench/process-usage.ts';
import { replaceResults } from '../../../lab/bench/replace-results.ts';
import { formatReport } from '../../../lab/bench/report.ts';
import type { TargetName } from '../../../lab/bench/start-targets.ts';
import { sort } from '../../../lab/bench/statistics.ts';

/** By target: requests per second of two rounds, and p99. */
const measured: Readonly<Record<TargetName, readonly [rates: readonly number[], p99: number]>> = {
  'direct-openai': [[9_000, 9_000], 0.2],
  'bare-openai': [[4_000, 4_000], 0.4],
  'ours-openai': [[600, 1_000], 2],
  'portkey-openai': [[100, 200], 10],
  'direct-v1': [[9_000, 9_000], 0.2],
  'ours-v1': [[1_000, 1_000], 2],
};

const cells: readonly Cell[] = (['plain', 'stream'] as const).flatMap((mode) =>
  (Object.keys(measured) as TargetName[]).map((target) => ({
    target,
    mode,
    connections: 1,
    requestsPerSecond: measured[target][0],
    latencies: sort([measured[target][1]]),
    firstBytes: sort([measured[target][1]]),
    cpuMsPerRequest: target.startsWith('direct') ? undefined : 0.25,
    residentBytes: 64 * 1_048_576,
  })),
);

describe('compare', () => {
  it('compares rounds with one another, and medians of first bytes', () => {
    const [plain] = compare(cells);
    expect(plain?.throughputRatio).toBeCloseTo(5.5);
    expect(plain?.bareThroughputRatio).toBeCloseTo(30);
    expect(plain?.p99Ratio).toBe(5);
    expect(plain?.firstByteBehindMs).toEqual({ openai: 1.8, v1: 1.8 });
    expect(plain?.cpuMsPerRequest).toEqual({ openai: 0.25, v1: 0.25 });
  });

  it('refuses cells that lack one', () => {
    expect(() => compare(cells.filter(({ target }) => target !== 'direct-v1'))).toThrow('direct-v1 plain 1');
  });
});

describe('judge', () => {
  it('tells what holds from what does not', () => {
    const held = judge(compare(cells)).map(({ findings }) => findings.map(({ holds }) => holds));
    expect(held).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [true, true, true, true],
    ]);
  });
});

describe('the report', () => {
  const facts = {
    command: 'npm run bench',
    date: '2026-01-02',
    cpu: 'a processor',
    cores: 2,
    operatingSystem: 'Linux 6',
    nodeVersion: '24.0.0',
    portkeyVersion: '1.15.2',
    portkeyNodeVersion: '24.0.0',
    loadAverages: [0.1, 1.26],
    plan: readBenchOptions([]).plan,
  } as const;
  const report = formatReport(facts, cells, compare(cells));

  it('has a row for every cell', () => {
    expect(report).toContain('| 1 | **ours, OpenAI** | 800 | 2.00 | 2.00 | 2.00 | 0.250 | 64 |');
    expect(report.match(/^\| 1 \|/gm)).toHaveLength(cells.length);
  });

  it('says how it was made and how far to trust it', () => {
    expect(report).toContain('`npm run bench`, 2026-01-02; a processor, 2 cores, Linux 6; Node.js 24.0.0');
    expect(report).toContain('at most 67 %');
    expect(report).toContain('0.1 before the run and 1.3');
  });

  it('goes between the markers of its document, and nowhere else', () => {
    const document = 'a\n<!-- results of npm run bench -->\nold\n<!-- end of results -->\nb\n';
    const written = 'a\n<!-- results of npm run bench -->\n\nnew\n\n<!-- end of results -->\nb\n';
    expect(replaceResults(document, 'new')).toBe(written);
    expect(replaceResults(written, 'new')).toBe(written);
    expect(() => replaceResults('a', 'new')).toThrow('markers');
  });
});

describe('the command line', () => {
  it('measures briefly by default, longer on request, and refuses what it does not know', () => {
    expect(readBenchOptions([])).toMatchObject({ isWritten: false, portkeyNode: process.execPath });
    const lengthOf = (parameters: readonly string[]): number => {
      const { plan } = readBenchOptions(parameters);
      return plan.rounds * plan.sliceMs;
    };
    expect([lengthOf([]), lengthOf(['--full'])]).toEqual([1_200, 8_000]);
    expect(() => readBenchOptions(['--fast'])).toThrow(UsageError);
  });
});

describe('the usage of a process', () => {
  it('is user and system time, whatever the name of the process', () => {
    expect(readCpuMs('42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0')).toBe(2_000);
  });

  it('is read on Linux and left out elsewhere', () => {
    const residentBytes = readProcessUsage(process.pid)?.residentBytes ?? 0;
    expect(residentBytes > 10_000_000).toBe(process.platform === 'linux');
  });
});
