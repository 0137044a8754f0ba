// What is done about lines whose results do not come.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sendLines } from '../../../cli/batch/send-lines.ts';
import { isLookDue, watchOutstanding } from '../../../cli/batch/watch-outstanding.ts';
import { startConnectedRun } from './connected-run.ts';
import type { ConnectedRun } from './connected-run.ts';
import { waitFor } from './start-queues.ts';

describe('a look into the dead-letter queue', () => {
  it.each([
    ['three seconds after the last result', { arrivedMs: 10_000, lookedMs: 0, idleLooks: 0 }, 13_000],
    ['twice as long after each look', { arrivedMs: 0, lookedMs: 9_000, idleLooks: 2 }, 21_000],
    [
      'a minute after the last look at most, in silence',
      { arrivedMs: 0, lookedMs: 1_000_000, idleLooks: 50 },
      1_060_000,
    ],
    [
      'a minute after the last look at most, while results come',
      { arrivedMs: 60_999, lookedMs: 1_000, idleLooks: 0 },
      61_000,
    ],
  ])('is due %s and not before', (_name, state, dueMs) => {
    expect(isLookDue(state, dueMs - 1)).toBe(false);
    expect(isLookDue(state, dueMs)).toBe(true);
  });
});

describe('a run whose results do not come', () => {
  // Everything is due at once: only the order of events counts here.
  const timing = { tickMs: 1, firstLookMs: 0, longestLookMs: 0, stallMs: 0 };
  let run: ConnectedRun;
  let notices: string[];

  beforeEach(async () => {
    run = await startConnectedRun();
    notices = [];
  });

  afterEach(() => run.end());

  function watch(): Promise<void> {
    const say = (notice: string): void => void notices.push(notice);
    return watchOutstanding({ ...run, signal: run.controller.signal, say, timing });
  }

  async function send(): Promise<void> {
    const inputPath = join(run.directory, 'in.jsonl');
    writeFileSync(inputPath, '{"id":"a"}\n{"id":"b"}\n');
    await sendLines({ ...run, inputPath, signal: run.controller.signal });
  }

  async function drainIds(): Promise<readonly unknown[]> {
    const messages = await run.queues.drain(run.queues.requests);
    return messages.map(({ Body = '' }) => (JSON.parse(Body) as { id: unknown }).id);
  }

  it('says once how much is waited for while the worker has messages, and ends when told to', async () => {
    await send();
    const watching = watch();
    await waitFor(() => notices.length > 0);
    await waitFor(async () => (await drainIds()).length === 0);
    run.controller.abort();
    await watching;
    expect(notices).toEqual(['Nothing has come for a while; 2 lines wait for results, and 2 messages for the worker']);
    expect(run.ledger.attempt).toBe(0);
  });

  it('counts lines as not sent when no message of them is left anywhere, and sends them under another id', async () => {
    await run.ledger.markSent([1, 2]);
    await expect(watch()).rejects.toMatchObject({
      message: expect.stringMatching(/^2 lines were sent and have no result.*count as not sent now$/),
      exitCode: 1,
    });
    await send();
    expect(await drainIds()).toEqual(['run:1:1', 'run:2:1']);
  });

  it('does not take a dead letter for lost', async () => {
    await run.ledger.markSent([1]);
    await run.queues.send(run.queues.deadLetters, '{"id":"run:1"}', { error_code: 'high_load', error_message: 'Busy' });
    const watching = watch();
    await run.ledger.waitUntil(() => run.ledger.hasOutcome(1), run.controller.signal);
    run.controller.abort();
    await watching;
    expect(await run.ledger.readOutcome(1)).toMatchObject({
      kind: 'error',
      error: { code: 'high_load', message: 'Busy', isDeadLetter: true },
    });
  });
});
