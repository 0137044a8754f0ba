// Why lines failed, counted by the code of their error, for the end of a run.
import { isJsonObject } from '../../lib/core/json.ts';
import { isSucceeded } from './line-result.ts';
import type { Result } from './line-result.ts';

export interface FailedLines {
  /** Notes the result of a line, by the line's number; one that succeeded counts nothing. */
  note(line: number, result: Result): void;
  /** A sentence for each code, the most frequent first; empty when no line failed. */
  describe(): readonly string[];
}

interface Failures {
  count: number;
  /** Of the first line of that code. */
  readonly line: number;
  readonly message: string;
}

/** More would scroll the summary away; the output has them all. */
const mostCodes = 10;
const longestMessage = 300;

/** Creates an empty count. */
export function createFailedLines(): FailedLines {
  const byCode = new Map<string, Failures>();
  return {
    note: (line, result) => {
      if (isSucceeded(result)) return;
      const { code, message } = readError(result);
      const known = byCode.get(code);
      if (known === undefined) byCode.set(code, { count: 1, line, message });
      else known.count += 1;
    },
    describe: () => {
      const codes = [...byCode].toSorted(([, one], [, other]) => other.count - one.count);
      const rest = codes.length - mostCodes;
      const sentences = codes
        .slice(0, mostCodes)
        .map(([code, { count, line, message }]) => `  ${count} × ${code}, first in line ${line}: ${message}`);
      return rest > 0 ? [...sentences, `  and ${rest} other codes; the output has them`] : sentences;
    },
  };
}

/** The error of a result in either form; a Batch line may have it in the answer's body. */
function readError({ error, response }: Result): { readonly code: string; readonly message: string } {
  const body = isJsonObject(response) ? response['body'] : undefined;
  const found = [error, isJsonObject(body) ? body['error'] : undefined].find(isJsonObject) ?? {};
  const { code, message } = found;
  return { code: showText(code, 'unknown'), message: showText(message, 'no message') };
}

/** On one line, and without what a terminal would take for a command. */
function showText(value: unknown, otherwise: string): string {
  const text = typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ').trim() : '';
  if (text === '') return otherwise;
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}
