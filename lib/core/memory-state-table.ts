// A StateTable in the memory of one process: for a server that runs alone, and where no shared table is configured.
import type { Clock } from './clock.ts';
import { longestValueBytes } from './state-table.ts';
import type { StateItem, StateTable, WriteOptions } from './state-table.ts';

/** The most that is kept: items, and bytes of their keys and values in UTF-8. */
const mostItems = 100_000;
const mostBytes = 64 * 1_048_576;
/** How often a full table looks for expired items before it drops those that are still valid. */
const sweepIntervalMs = 60_000;

interface Entry {
  /** Undefined in a counter. */
  readonly item: StateItem | undefined;
  /** 0 in an item. */
  readonly count: number;
  readonly expiresAtSeconds: number;
  /** Of its key and its value. */
  readonly bytes: number;
}

/**
 * Creates an empty table that only this process sees and that ends with it. Its calls settle at once and never reject,
 * except that a value above `longestValueBytes` is a RangeError, as DynamoDB would refuse it.
 *
 * The table holds 100,000 items and 64 MiB. When that is exceeded it drops first what has expired, then whatever was
 * written the longest ago: a limit may then be exceeded, and a claim or an answer be forgotten.
 */
export function createMemoryStateTable(clock: Pick<Clock, 'now'>): StateTable {
  /** In the order in which they were written. */
  const entries = new Map<string, Entry>();
  let bytes = 0;
  let versions = 0;
  let sweptAtMs = -Infinity;

  const isExpired = ({ expiresAtSeconds }: Entry): boolean => expiresAtSeconds <= Math.floor(clock.now() / 1_000);
  const isFull = (): boolean => entries.size > mostItems || bytes > mostBytes;
  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry === undefined || isExpired(entry) ? undefined : entry;
  };
  const drop = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const makeRoom = (): void => {
    if (isFull() && clock.now() - sweptAtMs >= sweepIntervalMs) {
      sweptAtMs = clock.now();
      for (const [key, entry] of entries) if (isExpired(entry)) drop(key);
    }
    for (const key of entries.keys()) {
      if (!isFull()) return;
      drop(key);
    }
  };
  const put = (key: string, entry: Omit<Entry, 'bytes'>): void => {
    drop(key);
    const size = Buffer.byteLength(key) + Buffer.byteLength(entry.item?.value ?? '');
    entries.set(key, { ...entry, bytes: size });
    bytes += size;
    makeRoom();
  };
  const write = (key: string, value: string, { expiresAtSeconds, replaces }: WriteOptions): string | undefined => {
    const valueBytes = Buffer.byteLength(value);
    if (valueBytes > longestValueBytes) {
      throw new RangeError(`The value has ${valueBytes} bytes; an item holds ${longestValueBytes} at most`);
    }
    // As in DynamoDB, an item that has expired can still be replaced by who knows its version.
    const isMet = replaces === undefined ? find(key) === undefined : entries.get(key)?.item?.version === replaces;
    if (!isMet) return undefined;
    versions += 1;
    const version = String(versions);
    put(key, { item: { value, version }, count: 0, expiresAtSeconds });
    return version;
  };

  return {
    add: async (key, amount, expiresAtSeconds) => {
      const count = (entries.get(key)?.count ?? 0) + amount;
      put(key, { item: undefined, count, expiresAtSeconds });
      return count;
    },
    count: async (key) => find(key)?.count ?? 0,
    read: async (key) => find(key)?.item,
    write: async (key, value, options) => write(key, value, options),
    remove: async (key, version) => {
      if (entries.get(key)?.item?.version === version) drop(key);
    },
  };
}
