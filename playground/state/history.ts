// The calls of this browser, newest first, without keys.
import { isJsonObject } from '../../lib/core/json.ts';
import type { Call } from '../call/call.ts';
import { withoutIdempotencyKey } from '../call/headers.ts';
import type { Run } from '../call/run.ts';
import { readEntry } from './storage.ts';

export interface HistoryEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly call: Call;
  readonly state: 'done' | 'stopped' | 'failed';
  /** The beginning of the answer, or the message of its error. */
  readonly summary: string;
}

const longestHistory = 30;
const longestSummary = 160;
const states: readonly unknown[] = ['done', 'stopped', 'failed'];

/** Reads the history; entries of another form are dropped. */
export function readHistory(): readonly HistoryEntry[] {
  const kept = readEntry('history');
  return Array.isArray(kept) ? kept.filter(isHistoryEntry) : [];
}

/** Puts a run that has ended in front; the same call is listed once, and without its Idempotency-Key. */
export function addToHistory(history: readonly HistoryEntry[], run: Run, atMs: number): readonly HistoryEntry[] {
  if (run.state === 'waiting' || run.state === 'streaming') return history;
  const summary = (run.error?.message ?? run.texts[0] ?? '').slice(0, longestSummary);
  const kept = withoutIdempotencyKey(run.call);
  const isSame = ({ call }: HistoryEntry): boolean => JSON.stringify(call) === JSON.stringify(kept);
  const others = history.filter((entry) => !isSame(entry));
  return [{ atMs, call: kept, state: run.state, summary }, ...others].slice(0, longestHistory);
}

function isHistoryEntry(value: unknown): value is HistoryEntry {
  if (!isJsonObject(value) || !isJsonObject(value['call']) || !states.includes(value['state'])) return false;
  const { dialect, stream, model, prompt, values, headers = {} } = value['call'];
  return (
    typeof value['atMs'] === 'number' &&
    typeof value['summary'] === 'string' &&
    (dialect === 'v1' || dialect === 'openai') &&
    typeof stream === 'boolean' &&
    typeof model === 'string' &&
    typeof prompt === 'string' &&
    [values, headers].every(isTexts)
  );
}

function isTexts(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}
