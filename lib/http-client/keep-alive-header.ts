// What a server says in `Keep-Alive` about the connection of its answer.

export interface KeepAlive {
  /** How long the server keeps the connection open while it is idle; undefined when it does not say. */
  readonly timeoutMs: number | undefined;
  /** How many more requests it takes on the connection; undefined when it does not say. */
  readonly remaining: number | undefined;
}

const timeoutParameter = /(?:^|[,; \t])timeout[ \t]*=[ \t]*"?([0-9]{1,9})(?![0-9])/i;
const maxParameter = /(?:^|[,; \t])max[ \t]*=[ \t]*"?([0-9]{1,9})(?![0-9])/i;

/**
 * Reads the header, which may be empty; parameters it does not know are passed over.
 *
 * Source: RFC 2068, section 19.7.1, and https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Keep-Alive
 */
export function readKeepAlive(value: string): KeepAlive {
  const seconds = readNumber(timeoutParameter, value);
  return { timeoutMs: seconds === undefined ? undefined : seconds * 1_000, remaining: readNumber(maxParameter, value) };
}

function readNumber(parameter: RegExp, value: string): number | undefined {
  const digits = parameter.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
