// Windows of limits begin with the minutes and the days of UTC.
import { dayMs, findWindow, formatDuration, minuteMs, secondsUntil } from '../../../lib/guards/limit-window.ts';

const noon = Date.UTC(2026, 10, 21, 12);

it.each([
  ['a minute', minuteMs, noon, noon + 60_000],
  ['a minute in its last millisecond', minuteMs, noon + 59_999, noon + 60_000],
  ['the next minute', minuteMs, noon + 60_000, noon + 120_000],
  ['a day', dayMs, noon, Date.UTC(2026, 10, 22)],
  ['a day in its last millisecond', dayMs, Date.UTC(2026, 10, 22) - 1, Date.UTC(2026, 10, 22)],
  ['the last day of a year', dayMs, Date.UTC(2026, 11, 31, 5), Date.UTC(2027, 0, 1)],
])('%s ends where the next begins', (_name, lengthMs, nowMs, endsAtMs) => {
  const { index, endsAtMs: end } = findWindow(nowMs, lengthMs);
  expect(end).toBe(endsAtMs);
  expect(findWindow(end, lengthMs).index).toBe(index + 1);
  expect(findWindow(end - 1, lengthMs).index).toBe(index);
});

it('seconds until the end are whole, and never none', () => {
  expect(secondsUntil(60_000, 0)).toBe(60);
  expect(secondsUntil(60_000, 59_001)).toBe(1);
  expect(secondsUntil(60_000, 60_005)).toBe(1);
});

it.each([
  [1, '1s'],
  [59, '59s'],
  [60, '1m0s'],
  [360, '6m0s'],
  [3_599, '59m59s'],
  [3_600, '1h0m0s'],
  [86_400, '24h0m0s'],
])('%i seconds are written %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
