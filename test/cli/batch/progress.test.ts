// How far a batch is, as text and on a terminal.
import { formatBar, formatProgress, formatSummary } from '../../../cli/batch/progress.ts';
import { showProgress } from '../../../cli/batch/show-progress.ts';

const snapshot = { total: 1_000, succeeded: 403, failed: 9, arrived: 100, elapsedMs: 25_000 };

it('tells counts, pace and what is left', () => {
  expect(formatProgress(snapshot)).toBe('412/1000 (41%), 403 succeeded, 9 failed, 4.0/s, 2:27 left');
  expect(formatProgress({ ...snapshot, arrived: 1 })).toMatch(/, 0\.0\/s, 4:05:00 left$/);
});

it('tells no pace before there is one, and nothing left when all is done', () => {
  expect(formatProgress({ ...snapshot, arrived: 0 })).toBe('412/1000 (41%), 403 succeeded, 9 failed');
  expect(formatProgress({ ...snapshot, elapsedMs: 0 })).toBe('412/1000 (41%), 403 succeeded, 9 failed');
  expect(formatProgress({ ...snapshot, total: 412 })).toBe('412/412 (100%), 403 succeeded, 9 failed');
  expect(formatProgress({ ...snapshot, total: 0, succeeded: 0, failed: 0 })).toBe('0/0 (100%), 0 succeeded, 0 failed');
});

it('sums up', () => {
  expect(formatSummary({ total: 1_000, succeeded: 990, failed: 10 })).toBe('1000 of 1000: 990 succeeded, 10 failed');
});

it('draws a bar that fits the terminal', () => {
  expect(formatBar(snapshot, 120)).toBe(`${'█'.repeat(12)}${'░'.repeat(18)} ${formatProgress(snapshot)}`);
  expect(formatBar(snapshot, 70)).toBe(`${'█'.repeat(4)}${'░'.repeat(7)} ${formatProgress(snapshot)}`);
  expect(formatBar(snapshot, 40)).toBe('412/1000 (41%), 403 succeeded, 9 failed');
  for (const columns of [0, 1, 20, 60, 63, 64, 65, 200]) {
    expect(formatBar(snapshot, columns).length).toBeLessThanOrEqual(Math.max(columns - 1, 0));
  }
});

function show(isTTY: boolean) {
  let written = '';
  const stream = { isTTY, columns: 40, write: (text: string) => (written += text) };
  const progress = showProgress(stream, () => snapshot);
  return { progress, read: () => written };
}

it('redraws the bar in its line, and says other things above it', () => {
  const bar = '\r\u001B[K412/1000 (41%), 403 succeeded, 9 failed';
  const { progress, read } = show(true);
  progress.say('notice');
  progress.stop();
  expect(read()).toBe(`${bar}\r\u001B[Knotice\n${bar}\r\u001B[K`);
});

it('writes plain lines where there is no terminal', () => {
  const { progress, read } = show(false);
  progress.say('notice');
  progress.stop();
  expect(read()).toBe(`${formatProgress(snapshot)}\nnotice\n`);
});
