// Keeps track of which lines of a run were sent and which have a result, in memory and in the journal.
import { EventEmitter, once } from 'node:events';
import { settleOrAbort } from '../../lib/core/settle-or-abort.ts';
import { BatchError } from './batch-error.ts';
import { openJournal } from './journal.ts';
import type { EntryPosition } from './journal.ts';
import type { ErrorEntry, HeaderEntry, JournalEntry, ResultEntry } from './journal-entry.ts';
import { isSucceeded } from './line-result.ts';

export type LineOutcome = ResultEntry | ErrorEntry;

export interface Ledger {
  readonly header: HeaderEntry;
  /** How many times messages were found to be lost. */
  readonly attempt: number;
  /** Counts of lines: with a result of either kind, and sent without one. */
  readonly counts: { readonly succeeded: number; readonly failed: number; readonly outstanding: number };
  hasOutcome(line: number): boolean;
  /** Whether the line has been sent and has no result. */
  isOutstanding(line: number): boolean;
  markSent(lines: readonly number[]): Promise<void>;
  /**
   * Resolves when the outcomes would survive a loss of power. The first outcome of a line counts. Only a dead letter is
   * replaced by a later result of the worker: somebody has sent the message back to the request queue.
   */
  record(outcomes: readonly LineOutcome[]): Promise<void>;
  /** Treats all outstanding lines as not sent. */
  markLost(): Promise<void>;
  /** Undefined for a line without a result. */
  readOutcome(line: number): Promise<LineOutcome | undefined>;
  /** Resolves when the condition holds. It is checked after every change. Rejects when the signal aborts. */
  waitUntil(condition: () => boolean, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
  /** Ends the run and deletes its journal. */
  remove(): Promise<void>;
}

interface KnownOutcome {
  readonly position: EntryPosition;
  readonly isSucceeded: boolean;
  readonly isDeadLetter: boolean;
}

/**
 * Opens the journal of a run, or begins one with the header given.
 *
 * @throws BatchError when the journal belongs to another input or another queue.
 */
export async function openLedger(path: string, header: HeaderEntry): Promise<Ledger> {
  const outcomes = new Map<number, KnownOutcome>();
  const outstanding = new Set<number>();
  const counts = { succeeded: 0, failed: 0 };
  const changes = new EventEmitter().setMaxListeners(0);
  let known: HeaderEntry | undefined;
  let attempt = 0;

  const isNews = (entry: LineOutcome): boolean => {
    const former = outcomes.get(entry.line);
    return former === undefined || (former.isDeadLetter && entry.kind === 'result');
  };
  const note = (entry: JournalEntry, position: EntryPosition): void => {
    if (entry.kind === 'header') known = entry;
    else if (entry.kind === 'sent') {
      // A result may arrive before SQS has answered the request that sent the message.
      for (const line of entry.lines) if (!outcomes.has(line)) outstanding.add(line);
    } else if (entry.kind === 'lost') {
      outstanding.clear();
      attempt += 1;
    } else {
      const former = outcomes.get(entry.line);
      if (former !== undefined) counts[former.isSucceeded ? 'succeeded' : 'failed'] -= 1;
      const outcome = {
        position,
        isSucceeded: entry.kind === 'result' && isSucceeded(entry.result),
        isDeadLetter: entry.kind === 'error' && entry.error.isDeadLetter === true,
      };
      outcomes.set(entry.line, outcome);
      counts[outcome.isSucceeded ? 'succeeded' : 'failed'] += 1;
      outstanding.delete(entry.line);
    }
  };

  const journal = await openJournal(path, note);
  const append = async (entries: readonly JournalEntry[], isDurable: boolean): Promise<void> => {
    const positions = await journal.append(entries, isDurable);
    for (const [index, entry] of entries.entries()) {
      const position = positions[index];
      if (position !== undefined) note(entry, position);
    }
    changes.emit('change');
  };
  try {
    if (known === undefined) await append([header], true);
    else checkHeader(path, known, header);
  } catch (error) {
    await journal.close();
    throw error;
  }
  let recording: Promise<unknown> = Promise.resolve();
  return {
    header: known ?? header,
    get attempt() {
      return attempt;
    },
    get counts() {
      return { ...counts, outstanding: outstanding.size };
    },
    hasOutcome: (line) => outcomes.has(line),
    isOutstanding: (line) => outstanding.has(line),
    markSent: (lines) => append([{ kind: 'sent', lines }], false),
    record: (entries) => {
      // One after the other, so that a second result of a line sees the first.
      const recorded = recording.then(async () => {
        const news = new Map<number, LineOutcome>();
        for (const entry of entries) if (isNews(entry) && !news.has(entry.line)) news.set(entry.line, entry);
        if (news.size > 0) await append([...news.values()], true);
      });
      recording = recorded;
      return recorded;
    },
    markLost: () => append([{ kind: 'lost' }], true),
    readOutcome: async (line) => {
      const outcome = outcomes.get(line);
      const entry = outcome === undefined ? undefined : await journal.read(outcome.position);
      return entry?.kind === 'result' || entry?.kind === 'error' ? entry : undefined;
    },
    waitUntil: async (condition, signal) => {
      while (!condition()) await settleOrAbort(once(changes, 'change'), signal);
    },
    close: () => journal.close(),
    remove: () => journal.remove(),
  };
}

function checkHeader(path: string, known: HeaderEntry, asked: HeaderEntry): void {
  const consequence = `To begin anew instead, delete ${path}; lines that have been sent are then sent, and charged, again`;
  if (known.inputHash !== asked.inputHash) {
    throw new BatchError(
      `The input has changed since this run began. To go on, restore the earlier input. ${consequence}`,
      2,
    );
  }
  if (known.queue !== asked.queue) {
    throw new BatchError(
      `This run began with the queue ${known.queue}, not ${asked.queue}. To go on, name the stage of that queue. ${consequence}`,
      2,
    );
  }
}
