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
 * Reads are strongly consistent. Of two conditional writes at the same time, one fails. Keys have at most 1,024 bytes.
 * Each method rejects when the table cannot be reached: with the signal's reason if that has aborted, otherwise after
 * three seconds at most. The table may have carried out the operation all the same.
 */
export interface StateTable {
  /**
   * Adds to a counter atomically and returns its new value. A counter begins at 0. It keeps its value after its expiry
   * until the table removes it, which may take days, so counters of different windows need different keys. A call that
   * is repeated because no answer came may add twice.
   */
  add(key: string, amount: number, expiresAtSeconds: number, signal: AbortSignal): Promise<number>;
  /** The value of a counter; 0 when there is none. */
  count(key: string, signal: AbortSignal): Promise<number>;
  /** Undefined when there is no item or it has expired. */
  read(key: string, signal: AbortSignal): Promise<StateItem | undefined>;
  /** Writes if the condition in `options` holds, and returns the new version; undefined when it does not hold. */
  write(key: string, value: string, options: WriteOptions, signal: AbortSignal): Promise<string | undefined>;
  /** Removes the item if it still has this version. */
  remove(key: string, version: string, signal: AbortSignal): Promise<void>;
}

/** The longest value of an item, in bytes of UTF-8: DynamoDB's 400 KB less the item's other attributes. */
export const longestValueBytes = 380_000;
