// What is known of the lines of a run, now and after an interruption.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeaderEntry } from '../../../cli/batch/journal-entry.ts';
import { openLedger } from '../../../cli/batch/ledger.ts';
import type { Ledger, LineOutcome } from '../../../cli/batch/ledger.ts';

const header: HeaderEntry = { kind: 'header', runId: 'run-1', inputHash: 'abc', queue: 'requests' };
const never = new AbortController().signal;

let directory: string;
let path: string;
let ledger: Ledger;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-ledger-'));
  path = join(directory, 'journal');
  ledger = await openLedger(path, header);
});

afterEach(async () => {
  await ledger.close();
  rmSync(directory, { recursive: true });
});

async function reopen(): Promise<void> {
  await ledger.close();
  ledger = await openLedger(path, { ...header, runId: 'run-2' });
}

function succeeded(line: number, text = 'x'): LineOutcome {
  return { kind: 'result', line, result: { status: 'succeeded', text } };
}

function failed(line: number): LineOutcome {
  return { kind: 'result', line, result: { status: 'failed' } };
}

function deadLetter(line: number): LineOutcome {
  return { kind: 'error', line, error: { code: 'dead_letter', message: 'm', isDeadLetter: true } };
}

it('counts lines, and knows the same of them after an interruption', async () => {
  await ledger.markSent([1, 2, 3, 4]);
  await ledger.record([succeeded(1), failed(2), deadLetter(3)]);
  for (const _time of ['before', 'after']) {
    expect(ledger.header.runId).toBe('run-1');
    expect(ledger.counts).toEqual({ succeeded: 1, failed: 2, outstanding: 1 });
    expect([1, 2, 3, 4, 5].map((line) => ledger.hasOutcome(line))).toEqual([true, true, true, false, false]);
    expect([1, 2, 3, 4, 5].map((line) => ledger.isOutstanding(line))).toEqual([false, false, false, true, false]);
    expect(await ledger.readOutcome(1)).toEqual(succeeded(1));
    expect(await ledger.readOutcome(3)).toEqual(deadLetter(3));
    expect(await ledger.readOutcome(4)).toBeUndefined();
    await reopen();
  }
});

it('lets the first of several results of a line count, also of those that come at once', async () => {
  await Promise.all([
    ledger.record([succeeded(1, 'first'), succeeded(1, 'second')]),
    ledger.record([failed(1), succeeded(2)]),
  ]);
  await ledger.record([failed(1), deadLetter(1)]);
  for (const _time of ['before', 'after']) {
    expect(await ledger.readOutcome(1)).toEqual(succeeded(1, 'first'));
    expect(ledger.counts).toEqual({ succeeded: 2, failed: 0, outstanding: 0 });
    await reopen();
  }
});

it('takes a result in place of a dead letter, for the message was sent back to work', async () => {
  await ledger.record([deadLetter(1), deadLetter(2)]);
  await ledger.record([succeeded(1)]);
  for (const _time of ['before', 'after']) {
    expect(await ledger.readOutcome(1)).toEqual(succeeded(1));
    expect(ledger.counts).toEqual({ succeeded: 1, failed: 1, outstanding: 0 });
    await reopen();
  }
});

it('does not wait for a line whose result was quicker than the confirmation of its sending', async () => {
  await ledger.record([succeeded(1)]);
  await ledger.markSent([1, 2]);
  expect(ledger.counts).toEqual({ succeeded: 1, failed: 0, outstanding: 1 });
});

it('takes lost lines for unsent ones, in another attempt', async () => {
  await ledger.markSent([1, 2]);
  await ledger.record([succeeded(1)]);
  await ledger.markLost();
  for (const _time of ['before', 'after']) {
    expect(ledger.attempt).toBe(1);
    expect(ledger.isOutstanding(2)).toBe(false);
    expect(ledger.counts).toEqual({ succeeded: 1, failed: 0, outstanding: 0 });
    await reopen();
  }
});

it('waits until a condition holds, or until the signal aborts', async () => {
  const waiting = ledger.waitUntil(() => ledger.hasOutcome(2), never);
  await ledger.record([succeeded(1)]);
  await ledger.record([succeeded(2)]);
  await waiting;
  const controller = new AbortController();
  const inVain = ledger.waitUntil(() => false, controller.signal);
  const reason = new Error('interrupted');
  controller.abort(reason);
  await expect(inVain).rejects.toBe(reason);
});

it.each([
  ['another input', { inputHash: 'def' }, /The input has changed.*delete \S+journal/],
  ['another queue', { queue: 'others' }, /the queue requests, not others.*delete \S+journal/],
])('refuses to go on with %s', async (_name, change, message) => {
  await expect(openLedger(path, { ...header, ...change })).rejects.toMatchObject({
    message: expect.stringMatching(message),
    exitCode: 2,
  });
});
