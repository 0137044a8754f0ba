// What the page keeps in this browser. Where the browser keeps nothing, the page works without.
import { parseJson } from '../../lib/core/json.ts';

type Entry = 'preferences' | 'keys' | 'history';

const nameOf = (entry: Entry): string => `qianfan-playground.${entry}`;

/** Reads an entry; undefined when there is none, or none that can be read. */
export function readEntry(entry: Entry): unknown {
  try {
    return parseJson(localStorage.getItem(nameOf(entry)) ?? '');
  } catch {
    // The browser may refuse all storage.
    return undefined;
  }
}

/** Keeps an entry; undefined removes it. */
export function writeEntry(entry: Entry, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(nameOf(entry));
    else localStorage.setItem(nameOf(entry), JSON.stringify(value));
  } catch {
    // Full, or refused: then it is forgotten with the page.
  }
}
