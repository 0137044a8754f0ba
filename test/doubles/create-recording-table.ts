// A StateTable in memory that keeps what is done with it, with the failures that a test asks for.
import type { Clock } from '../../lib/core/clock.ts';
import { createMemoryStateTable } from '../../lib/core/memory-state-table.ts';
import type { StateTable } from '../../lib/core/state-table.ts';

export interface RecordingTable extends StateTable {
  /** `<method> <key>`, in order, failed ones included. */
  readonly calls: readonly string[];
  /** Makes the next calls of a method fail, without being done. Default: every one from now on. */
  fail(method: keyof StateTable, times?: number): void;
  /** Makes the next calls of a method fail after they have been done. */
  lose(method: keyof StateTable, times: number): void;
  /** Makes every method fail, or none any more. */
  setDown(isDown: boolean): void;
  /** The item as a JSON value; undefined when there is none, or it has expired. */
  peek(key: string): Promise<unknown>;
  /** Puts an item there, whatever was there, for an hour. */
  put(key: string, value: string): Promise<void>;
}

const { signal } = new AbortController();

export function createRecordingTable(clock: Pick<Clock, 'now'>): RecordingTable {
  const table = createMemoryStateTable(clock);
  const calls: string[] = [];
  const failures = new Map<keyof StateTable, number>();
  const losses = new Map<keyof StateTable, number>();
  let isTableDown = false;
  const takeOne = (left: Map<keyof StateTable, number>, method: keyof StateTable): boolean => {
    const count = left.get(method) ?? 0;
    left.set(method, count - 1);
    return count > 0;
  };
  const run = async <T>(method: keyof StateTable, key: string, act: () => Promise<T>): Promise<T> => {
    calls.push(`${method} ${key}`);
    const failure = Object.assign(new Error('canary of the table'), { name: 'ThrottlingException' });
    if (takeOne(failures, method) || isTableDown) throw failure;
    const result = await act();
    if (takeOne(losses, method)) throw failure;
    return result;
  };
  return {
    calls,
    fail: (method, times = Infinity) => void failures.set(method, times),
    lose: (method, times) => void losses.set(method, times),
    setDown: (isDown) => void (isTableDown = isDown),
    peek: async (key) => {
      const found = await table.read(key, signal);
      return found === undefined ? undefined : (JSON.parse(found.value) as unknown);
    },
    put: async (key, value) => {
      const found = await table.read(key, signal);
      const expiresAtSeconds = Math.floor(clock.now() / 1_000) + 3_600;
      const replaces = found === undefined ? {} : { replaces: found.version };
      await table.write(key, value, { expiresAtSeconds, ...replaces }, signal);
    },
    add: (key, ...rest) => run('add', key, () => table.add(key, ...rest)),
    count: (key, ...rest) => run('count', key, () => table.count(key, ...rest)),
    read: (key, ...rest) => run('read', key, () => table.read(key, ...rest)),
    write: (key, ...rest) => run('write', key, () => table.write(key, ...rest)),
    remove: (key, ...rest) => run('remove', key, () => table.remove(key, ...rest)),
  };
}
