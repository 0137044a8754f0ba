// A StateTable in memory, with the failures that a test asks for.
import type { Clock } from '../../lib/core/clock.ts';
import type { StateTable } from '../../lib/core/state-table.ts';

export interface MemoryTable extends StateTable {
  /** `<method> <key>`, in order, failed ones included. */
  readonly calls: readonly string[];
  /** Everything stored, as it lies there, without counters. */
  readonly items: ReadonlyMap<string, MemoryItem>;
  /** Makes every call of these methods fail, before or after it has been done. No methods: none fails any more. */
  fail(when: 'before' | 'after', ...methods: readonly (keyof StateTable)[]): void;
  /** Puts an item there, whatever was there. */
  put(key: string, value: string): void;
}

export interface MemoryItem {
  readonly value: string;
  readonly version: string;
  readonly expiresAtSeconds: number;
}

export function createMemoryTable(clock: Pick<Clock, 'now'>): MemoryTable {
  const items = new Map<string, MemoryItem>();
  const counters = new Map<string, number>();
  const calls: string[] = [];
  let failing: readonly (keyof StateTable)[] = [];
  let failsWhen = 'before';
  let versions = 0;

  const run = async <T>(method: keyof StateTable, key: string, act: () => T): Promise<T> => {
    calls.push(`${method} ${key}`);
    const fails = failing.includes(method);
    const failure = Object.assign(new Error('canary of the table'), { name: 'ThrottlingException' });
    if (fails && failsWhen === 'before') throw failure;
    const result = act();
    if (fails) throw failure;
    return result;
  };
  const find = (key: string): MemoryItem | undefined => {
    const item = items.get(key);
    return item !== undefined && item.expiresAtSeconds > Math.floor(clock.now() / 1_000) ? item : undefined;
  };
  const put = (key: string, value: string, expiresAtSeconds: number): string => {
    versions += 1;
    items.set(key, { value, expiresAtSeconds, version: String(versions) });
    return String(versions);
  };

  return {
    calls,
    items,
    fail: (when, ...methods) => {
      failsWhen = when;
      failing = methods;
    },
    put: (key, value) => void put(key, value, Infinity),
    add: (key, amount) =>
      run('add', key, () => {
        const sum = (counters.get(key) ?? 0) + amount;
        counters.set(key, sum);
        return sum;
      }),
    count: (key) => run('count', key, () => counters.get(key) ?? 0),
    read: (key) => run('read', key, () => find(key)),
    write: (key, value, { expiresAtSeconds, replaces }) =>
      run('write', key, () => {
        const isMet = replaces === undefined ? find(key) === undefined : items.get(key)?.version === replaces;
        return isMet ? put(key, value, expiresAtSeconds) : undefined;
      }),
    remove: (key, version) =>
      run('remove', key, () => {
        if (items.get(key)?.version === version) items.delete(key);
      }),
  };
}
