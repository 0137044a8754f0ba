// The keys as state of the page: in memory, and in the browser only where the reader asked for it.
import { useState } from 'preact/hooks';
import { noAccess } from '../call/call.ts';
import type { Access } from '../call/call.ts';
import { readKeptKeys } from './keys.ts';
import { writeEntry } from './storage.ts';

export interface AccessState {
  readonly access: Access;
  readonly isKept: boolean;
  readonly change: (access: Access) => void;
  readonly keep: (isKept: boolean) => void;
}

/** The keys, whether they are kept, and how to change both. */
export function useAccess(): AccessState {
  const [access, setAccess] = useState(() => readKeptKeys() ?? noAccess);
  const [isKept, setKept] = useState(() => readKeptKeys() !== undefined);
  return {
    access,
    isKept,
    change: (changed) => {
      setAccess(changed);
      if (isKept) writeEntry('keys', changed);
    },
    keep: (keeps) => {
      setKept(keeps);
      writeEntry('keys', keeps ? access : undefined);
    },
  };
}
