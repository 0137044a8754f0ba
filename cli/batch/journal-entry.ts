// The entries of a run's journal.
import { isJsonObject } from '../../lib/core/json.ts';
import type { LineError } from './line-error.ts';
import type { Result } from './line-result.ts';

export type JournalEntry = HeaderEntry | SentEntry | ResultEntry | ErrorEntry | LostEntry;

/** The first entry: the run, its input and its queue. */
export interface HeaderEntry {
  readonly kind: 'header';
  readonly runId: string;
  /** SHA-256 of the input file, in hex. */
  readonly inputHash: string;
  /** The request queue. */
  readonly queue: string;
}

/** These lines have been sent to the request queue. */
export interface SentEntry {
  readonly kind: 'sent';
  readonly lines: readonly number[];
}

/** The worker's result, with the id it had on the queue. */
export interface ResultEntry {
  readonly kind: 'result';
  readonly line: number;
  readonly result: Result;
}

/** The line failed without a result of the worker. */
export interface ErrorEntry {
  readonly kind: 'error';
  readonly line: number;
  readonly error: LineError;
}

/** The messages of all lines that were sent and have no result are lost. */
export interface LostEntry {
  readonly kind: 'lost';
}

type Range = readonly [first: number, last: number];

const version = 1;

/** Writes an entry, without the line's end. */
export function encodeJournalEntry(entry: JournalEntry): string {
  return JSON.stringify(describeEntry(entry));
}

function describeEntry(entry: JournalEntry): object {
  switch (entry.kind) {
    case 'header':
      return { version, run_id: entry.runId, input_sha256: entry.inputHash, queue: entry.queue };
    case 'sent':
      return { sent: toRanges(entry.lines) };
    case 'result':
      return { line: entry.line, result: entry.result };
    case 'error':
      return { line: entry.line, error: entry.error };
    case 'lost':
      return { lost: true };
    default:
      return entry satisfies never;
  }
}

/** Reads an entry from parsed JSON; undefined when it is none. */
export function decodeJournalEntry(value: unknown): JournalEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const { run_id: runId, input_sha256: inputHash, queue, line, result, error, sent, lost } = value;
  if (value['version'] === version && isText(runId) && isText(inputHash) && isText(queue)) {
    return { kind: 'header', runId, inputHash, queue };
  }
  if (Array.isArray(sent) && sent.every(isRange)) return { kind: 'sent', lines: sent.flatMap(toLines) };
  if (isLineNumber(line) && isJsonObject(result)) return { kind: 'result', line, result };
  if (isLineNumber(line) && isLineError(error)) return { kind: 'error', line, error };
  return lost === true ? { kind: 'lost' } : undefined;
}

function toRanges(lines: readonly number[]): readonly Range[] {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges;
}

function toLines([first, last]: Range): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function isRange(value: unknown): value is Range {
  // No request to SQS holds more messages than that.
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [first, last]: readonly unknown[] = value;
  return isLineNumber(first) && isLineNumber(last) && last - first < 10;
}

function isLineNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isLineError(value: unknown): value is LineError {
  return isJsonObject(value) && isText(value['code']) && isText(value['message']);
}
