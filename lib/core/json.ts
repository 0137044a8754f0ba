// Parses JSON that may hold anything.

/** A JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses a text; undefined when it is not JSON. The parser's error is dropped, because it quotes the text, which may
 * hold a prompt or a key.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Parses a text so that `JSON.stringify` writes every number of it again as it was written: 9007199254740993, 1e400 and
 * 10.00 are no numbers of JavaScript, or not in these words. Such a number is an object here, of the kind that
 * `JSON.rawJSON` makes; all others are numbers. Undefined when the text is not JSON.
 *
 * Source: https://tc39.es/proposal-json-parse-with-source/
 *
 * @throws RangeError when it nests some thousand levels deep.
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && source !== String(value) ? JSON.rawJSON(source) : value,
    );
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

declare global {
  /** What Node.js has and the library of TypeScript does not describe yet. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): object;
  }
}
