// Entries of the journal.
import { decodeJournalEntry, encodeJournalEntry } from '../../../cli/batch/journal-entry.ts';
import type { JournalEntry } from '../../../cli/batch/journal-entry.ts';

it.each<JournalEntry>([
  { kind: 'header', runId: 'run', inputHash: 'abc', queue: '/0/requests' },
  { kind: 'sent', lines: [1, 2, 3, 7, 9, 10] },
  { kind: 'result', line: 4, result: { id: 'run:4', status: 'succeeded', completion: { result: 'line\nfeed' } } },
  { kind: 'error', line: 5, error: { code: 'dead_letter', message: 'm', isDeadLetter: true } },
  { kind: 'lost' },
])('reads back what it writes: %j', (entry) => {
  const text = encodeJournalEntry(entry);
  expect(text).not.toContain('\n');
  expect(decodeJournalEntry(JSON.parse(text))).toEqual(entry);
});

it('writes lines that follow one another as one range', () => {
  expect(encodeJournalEntry({ kind: 'sent', lines: [1, 2, 3, 7, 9, 10] })).toBe('{"sent":[[1,3],[7,7],[9,10]]}');
});

it.each([
  undefined,
  null,
  [],
  {},
  { version: 2, run_id: 'a', input_sha256: 'b', queue: 'c' },
  { sent: [[1]] },
  { sent: [[1, 2_000_000_000]] },
  { sent: [['a', 'b']] },
  { line: 0, result: {} },
  { line: 1, result: 'x' },
  { line: 1, error: {} },
  { lost: false },
])('knows that %j is none', (value) => {
  expect(decodeJournalEntry(value)).toBeUndefined();
});
