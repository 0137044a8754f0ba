// A port: a table of small items that all sandboxes share and that expire by themselves.

export interface StateItem {
  readonly value: string;
  /** Changes with every write. */
  readonly version: string;
}

export interface WriteOptions {
  /** Unix time in seconds from which the item counts as absent. */
  readonly expiresAtSeconds: number;
  /** The version that is to be replaced. Absent: there must be no item, or an expired one. */
  readonly replaces?: string;
}

/**
 * Reads are strongly consistent, and of two conditional writes one wins. Keys have at most 1,024 bytes. Each method
 * rejects when the table cannot be asked: with the reason of the signal when that has aborted, else after three seconds
 * at most. What was asked may have been done all the same.
 */
export interface StateTable {
  /**
   * Adds to a counter in one step and returns its new value. A counter begins at 0. It goes on after its expiry, until
   * the table gets round to removing it, so give counters of different windows different keys. A call that is sent
   * again because no answer came may add twice.
   */
  add(key: string, amount: number, expiresAtSeconds: number, signal: AbortSignal): Promise<number>;
  /** The value of a counter; 0 when there is none. */
  count(key: string, signal: AbortSignal): Promise<number>;
  /** Undefined when there is no item or it has expired. */
  read(key: string, signal: AbortSignal): Promise<StateItem | undefined>;
  /** Writes on the condition of the options and returns the new version; undefined when the condition does not hold. */
  write(key: string, value: string, options: WriteOptions, signal: AbortSignal): Promise<string | undefined>;
  /** Removes the item if it still has this version. */
  remove(key: string, version: string, signal: AbortSignal): Promise<void>;
}

/** The longest value, in bytes of UTF-8, that an item can have: DynamoDB's 400 KB less what is stored beside it. */
export const longestValueBytes = 380_000;
