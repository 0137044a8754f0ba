// The journal's file.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../../../cli/batch/journal.ts';
import type { Journal } from '../../../cli/batch/journal.ts';
import type { JournalEntry } from '../../../cli/batch/journal-entry.ts';

const header: JournalEntry = { kind: 'header', runId: 'run', inputHash: 'abc', queue: 'q' };
const sent: JournalEntry = { kind: 'sent', lines: [1] };
const first: JournalEntry = { kind: 'result', line: 1, result: { text: 'größer' } };
const second: JournalEntry = { kind: 'result', line: 2, result: { text: 'x' } };

let directory: string;
let path: string;
let journal: Journal | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qianfan-serverless-journal-'));
  path = join(directory, 'out.jsonl.journal');
});

afterEach(async () => {
  await journal?.close();
  journal = undefined;
  rmSync(directory, { recursive: true });
});

async function reopen(): Promise<readonly JournalEntry[]> {
  await journal?.close();
  journal = undefined;
  const entries: JournalEntry[] = [];
  const opened = await openJournal(path, (entry) => entries.push(entry));
  journal = opened;
  return entries;
}

it('gives back what was appended: by position, and when it is opened again', async () => {
  expect(await reopen()).toEqual([]);
  await journal?.append([header, sent], true);
  const positions = (await Promise.all([journal?.append([first], true), journal?.append([second], false)])).flat();
  for (const [index, entry] of [first, second].entries()) {
    const position = positions[index];
    expect(position && (await journal?.read(position))).toEqual(entry);
  }
  expect(await reopen()).toEqual([header, sent, first, second]);
});

it('drops a last entry that was cut off, and appends after the one before', async () => {
  await reopen();
  await journal?.append([header, first], true);
  for (const torn of ['{"line":2,"result":{"te', '{"line":2,"result":{"text":"x"}}']) {
    appendFileSync(path, torn);
    expect(await reopen()).toEqual([header, first]);
  }
  const [position] = (await journal?.append([second], true)) ?? [];
  expect(position && (await journal?.read(position))).toEqual(second);
  expect(await reopen()).toEqual([header, first, second]);
});

it('begins anew when not even the first entry is whole', async () => {
  writeFileSync(path, '{"version":1,"run_id"');
  expect(await reopen()).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe('');
});

it.each([
  ['another file', 'something else\n', 1],
  ['entries without a header', '{"sent":[[1,2]]}\n', 1],
  [
    'a broken entry among whole ones',
    `{"version":1,"run_id":"a","input_sha256":"b","queue":"c"}\n{"li\n{"lost":true}\n`,
    2,
  ],
])('refuses %s and leaves it as it is', async (_name, text, line) => {
  writeFileSync(path, text);
  await expect(reopen()).rejects.toMatchObject({
    message: expect.stringContaining(`is damaged in line ${line}. Delete that file to begin anew`),
    exitCode: 2,
  });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('removes its file', async () => {
  await reopen();
  await journal?.remove();
  journal = undefined;
  expect(existsSync(path)).toBe(false);
});
