// A StateTable that stops answering when it is told to: then a call ends only with its signal.
import type { StateTable } from '../../lib/core/state-table.ts';

export interface SilentTable extends StateTable {
  /** From now on no call is answered, nor done. */
  silence(): void;
}

/** @param table Answers until then. */
export function createSilentTable(table: StateTable): SilentTable {
  let isSilent = false;
  const run = <T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> =>
    isSilent
      ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      : act();
  return {
    silence: () => {
      isSilent = true;
    },
    add: (key, amount, expiry, signal) => run(signal, () => table.add(key, amount, expiry, signal)),
    count: (key, signal) => run(signal, () => table.count(key, signal)),
    read: (key, signal) => run(signal, () => table.read(key, signal)),
    write: (key, value, options, signal) => run(signal, () => table.write(key, value, options, signal)),
    remove: (key, version, signal) => run(signal, () => table.remove(key, version, signal)),
  };
}
