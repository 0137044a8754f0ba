// Counters that cannot be asked are gone without, for a while.
import { createLimitCounters } from '../../../lib/guards/limit-counters.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { createMemoryTable } from '../../doubles/create-memory-table.ts';

function createCounters({ isConfigured = true } = {}) {
  const clock = createFakeClock();
  const table = createMemoryTable(clock);
  const recorder = createLogRecorder();
  const counters = createLimitCounters({ table: isConfigured ? table : undefined, clock, log: recorder.log });
  const add = () => counters.ask((asked, signal) => asked.add('k', 1, 0, signal));
  return { clock, table, counters, add, ...recorder };
}

/** Ends only with its signal. */
const neverAnswers = (_table: StateTable, signal: AbortSignal) =>
  new Promise<number>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

/** What wins a race against a promise that has nothing left to do. */
const stillWaiting = () => new Promise((resolve) => setImmediate(resolve, 'still waiting'));

it('asks the table', async () => {
  const { add, lines } = createCounters();
  expect([await add(), await add()]).toEqual([1, 2]);
  expect(lines).toEqual([]);
});

it('does not ask for ten seconds after a failure, and then asks again', async () => {
  const { add, table, clock } = createCounters();
  table.fail('before', 'add');
  expect(await add()).toBeUndefined();
  table.fail('before');
  clock.advance(9_999);
  expect(await add()).toBeUndefined();
  expect(table.calls).toHaveLength(1);
  clock.advance(1);
  expect(await add()).toBe(1);
});

it('logs and counts each failure, without what the table said', async () => {
  const { add, table, lines, metrics, clock } = createCounters();
  table.fail('before', 'add');
  await add();
  await add();
  clock.advance(10_000);
  await add();
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
  expect(JSON.stringify(lines)).not.toContain('canary');
  expect(lines[0]?.fields['cause']).toMatch(/^ThrottlingException/);
  expect(metrics).toEqual(Array.from({ length: 2 }, () => ({ limit_store_failures: { value: 1, unit: 'Count' } })));
});

it('says so when there is no table at all', async () => {
  const { add, lines } = createCounters({ isConfigured: false });
  expect(await add()).toBeUndefined();
  expect(lines[0]?.fields['reason']).toBe('STATE_TABLE is not set');
});

it('gives up a table that does not answer within a second and a half', async () => {
  const { counters, clock, lines } = createCounters();
  const asked = counters.ask(neverAnswers, new AbortController());
  clock.advance(1_499);
  expect(await Promise.race([asked, stillWaiting()])).toBe('still waiting');
  clock.advance(1);
  expect(await asked).toBeUndefined();
  expect(lines[0]?.fields['cause']).toMatch(/^TimeoutError/);
});

it('waits a quarter of a second for it when time is short, for what was used is to be counted', async () => {
  const { counters, clock } = createCounters();
  const asked = counters.ask(neverAnswers, { deadlineMs: clock.now() + 1 });
  clock.advance(249);
  expect(await Promise.race([asked, stillWaiting()])).toBe('still waiting');
  clock.advance(1);
  expect(await asked).toBeUndefined();
});

it('takes a caller who leaves for no failure of the table', async () => {
  const { counters, add, lines } = createCounters();
  const left = new AbortController();
  const asked = counters.ask(neverAnswers, left);
  left.abort(new Error('gone'));
  await expect(asked).rejects.toThrow('gone');
  expect(lines).toEqual([]);
  expect(await add()).toBe(1);
});
