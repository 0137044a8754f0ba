// The file beside the output from which an interrupted run goes on. Entries are appended and never changed.
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { parseExactJson } from '../../lib/core/json.ts';
import { BatchError } from './batch-error.ts';
import { readFileLines } from './file-lines.ts';
import { decodeJournalEntry, encodeJournalEntry } from './journal-entry.ts';
import type { JournalEntry } from './journal-entry.ts';

/** Where an entry is in the file, in bytes. */
export interface EntryPosition {
  readonly offset: number;
  readonly length: number;
}

export interface Journal {
  /**
   * Appends entries in the order of the calls. After a failure every call fails, because the file may end in half an entry.
   *
   * @param isDurable Whether it resolves only when the entries would survive a loss of power.
   */
  append(entries: readonly JournalEntry[], isDurable: boolean): Promise<readonly EntryPosition[]>;
  read(position: EntryPosition): Promise<JournalEntry>;
  close(): Promise<void>;
  /** Closes and deletes the file. */
  remove(): Promise<void>;
}

/**
 * Opens a journal, or creates an empty one. An incomplete last entry is dropped: its write had not been confirmed.
 *
 * @param onEntry Called with each entry that the file already has, in order.
 * @throws BatchError when the file holds anything but entries, and what the file system throws.
 */
export async function openJournal(
  path: string,
  onEntry: (entry: JournalEntry, position: EntryPosition) => void,
): Promise<Journal> {
  const file = await open(path, 'a+');
  try {
    const size = await replay(path, onEntry);
    await file.truncate(size);
    return createJournal(path, file, size);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Returns the bytes of the whole entries. */
async function replay(path: string, onEntry: (entry: JournalEntry, position: EntryPosition) => void): Promise<number> {
  let size = 0;
  for await (const { number, offset, bytes, isTerminated } of readFileLines(path)) {
    if (!isTerminated) break;
    const entry = decodeJournalEntry(parseExactJson(bytes.toString()));
    // Exactly the first entry must be a header. This distinguishes a journal from another file of that name.
    if (entry === undefined || (entry.kind === 'header') !== (number === 1)) {
      throw new BatchError(
        `${path} is damaged in line ${number}. Delete that file to begin anew; lines that have been sent are then sent again`,
        2,
      );
    }
    onEntry(entry, { offset, length: bytes.length });
    size = offset + bytes.length + 1;
  }
  return size;
}

function createJournal(path: string, file: FileHandle, initialSize: number): Journal {
  let size = initialSize;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (entries: readonly JournalEntry[], isDurable: boolean): Promise<readonly EntryPosition[]> => {
    const lines = entries.map((entry) => Buffer.from(`${encodeJournalEntry(entry)}\n`));
    await file.appendFile(Buffer.concat(lines));
    if (isDurable) await file.datasync();
    return lines.map(({ length }) => {
      const position = { offset: size, length: length - 1 };
      size += length;
      return position;
    });
  };
  return {
    append: (entries, isDurable) => {
      const written = last.then(() => write(entries, isDurable));
      last = written;
      return written;
    },
    read: async ({ offset, length }) => {
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
      const entry = decodeJournalEntry(parseExactJson(buffer.toString()));
      if (entry === undefined) throw new BatchError(`${path} was changed by someone else`, 2);
      return entry;
    },
    close: () => file.close(),
    remove: async () => {
      await file.close();
      await unlink(path);
    },
  };
}
