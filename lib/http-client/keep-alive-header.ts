// What a server says in `Keep-Alive` about the connection of its answer.

export interface KeepAlive {
  /** How long the server keeps the connection open while it is idle; undefined when it does not say. */
  readonly timeoutMs: number | undefined;
  /** How many more requests it takes on the connection; undefined when it does not say. */
  readonly remaining: number | undefined;
}

/**
 * Reads the header, which may be empty; parameters it does not know are passed over.
 *
 * Source: RFC 2068, section 19.7.1, and https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Keep-Alive
 */
export function readKeepAlive(value: string): KeepAlive {
  const read = (name: string): number | undefined => {
    const digits = new RegExp(`(?:^|[,; \\t])${name}[ \\t]*=[ \\t]*"?([0-9]{1,9})(?![0-9])`, 'i').exec(value)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const seconds = read('timeout');
  return { timeoutMs: seconds === undefined ? undefined : seconds * 1_000, remaining: read('max') };
}
