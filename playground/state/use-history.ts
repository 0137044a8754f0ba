// The history as state of the page.
import { useState } from 'preact/hooks';
import type { Run } from '../call/run.ts';
import { addToHistory, readHistory } from './history.ts';
import type { HistoryEntry } from './history.ts';
import { writeEntry } from './storage.ts';

export interface HistoryState {
  readonly entries: readonly HistoryEntry[];
  readonly add: (run: Run) => void;
  readonly clear: () => void;
}

/** The history, and how to change it. */
export function useHistory(): HistoryState {
  const [entries, setEntries] = useState(readHistory);
  return {
    entries,
    add: (run) =>
      setEntries((before) => {
        const after = addToHistory(before, run, Date.now());
        writeEntry('history', after);
        return after;
      }),
    clear: () => {
      setEntries([]);
      writeEntry('history', undefined);
    },
  };
}
