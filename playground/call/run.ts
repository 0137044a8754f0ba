// The record of one call, from Send to its end: what was sent, what was received, and when.
import type { AnswerError, AnswerPart, Usage } from './answer.ts';
import { readAnswer } from './answer.ts';
import type { Call } from './call.ts';
import type { ResponseHead } from './send.ts';
import type { WireRequest } from './request.ts';

export interface TimedEvent {
  /** After the request was sent. */
  readonly afterMs: number;
  readonly data: string;
}

export type RunState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

export interface Run {
  readonly call: Call;
  readonly state: RunState;
  /** Without secrets. */
  readonly tokenRequest: WireRequest | undefined;
  /** Without secrets. */
  readonly request: WireRequest;
  readonly head: ResponseHead | undefined;
  readonly events: readonly TimedEvent[];
  /** Of an answer that was no stream. */
  readonly body: string;
  /** By choice. */
  readonly texts: readonly string[];
  readonly usage: Usage | undefined;
  readonly error: AnswerError | undefined;
  readonly isUnsafe: boolean;
  /** By choice. */
  readonly finishReasons: readonly string[];
  /** How often the stream was continued after it had been broken off. */
  readonly rescues: number;
  /** Whether more may have been charged than the usage says. */
  readonly isUsageIncomplete: boolean;
  readonly firstTextMs: number | undefined;
  readonly endMs: number | undefined;
}

export type RunEvent =
  | { readonly kind: 'head'; readonly head: ResponseHead }
  | { readonly kind: 'event'; readonly data: string; readonly afterMs: number }
  | { readonly kind: 'body'; readonly body: string; readonly afterMs: number }
  | { readonly kind: 'end'; readonly afterMs: number }
  | { readonly kind: 'stop'; readonly afterMs: number }
  | { readonly kind: 'fail'; readonly error: AnswerError; readonly afterMs: number };

/** A run whose request has just been sent. */
export function startRun(call: Call, request: WireRequest, tokenRequest: WireRequest | undefined): Run {
  return {
    call,
    state: 'waiting',
    tokenRequest,
    request,
    head: undefined,
    events: [],
    body: '',
    texts: [],
    usage: undefined,
    error: undefined,
    isUnsafe: false,
    finishReasons: [],
    rescues: 0,
    isUsageIncomplete: false,
    firstTextMs: undefined,
    endMs: undefined,
  };
}

/** The run after an event. */
export function advanceRun(run: Run, event: RunEvent): Run {
  switch (event.kind) {
    case 'head':
      return { ...run, head: event.head };
    case 'event': {
      const { data, afterMs } = event;
      const told = addAnswer({ ...run, state: 'streaming' }, readAnswer(data), afterMs);
      return { ...told, events: [...run.events, { afterMs, data }] };
    }
    case 'body':
      return { ...addAnswer(run, readAnswer(event.body), event.afterMs), body: event.body };
    case 'end':
      return { ...run, state: run.error === undefined ? 'done' : 'failed', endMs: event.afterMs };
    case 'stop':
      return { ...run, state: 'stopped', endMs: event.afterMs };
    case 'fail':
    default:
      return { ...run, state: 'failed', error: run.error ?? event.error, endMs: event.afterMs };
  }
}

function addAnswer(run: Run, part: AnswerPart, afterMs: number): Run {
  const { texts, usage, error, isUnsafe, finishReasons = [], rescues, isUsageIncomplete } = part;
  const all = [...run.texts];
  for (const { index, text } of texts) all[index] = (all[index] ?? '') + text;
  const reasons = [...run.finishReasons];
  for (const { index, reason } of finishReasons) reasons[index] = reason;
  return {
    ...run,
    texts: Array.from(all, (text) => text ?? ''),
    usage: usage ?? run.usage,
    error: run.error ?? error,
    isUnsafe: run.isUnsafe || isUnsafe === true,
    finishReasons: Array.from(reasons, (reason) => reason ?? '–'),
    // The end of each text counts its own rescues; a usage event after the texts counts all of them.
    rescues: finishReasons.length > 0 ? run.rescues + (rescues ?? 0) : (rescues ?? run.rescues),
    isUsageIncomplete: run.isUsageIncomplete || isUsageIncomplete === true,
    firstTextMs: run.firstTextMs ?? (texts.length > 0 ? afterMs : undefined),
  };
}

/** Completion tokens per second: of a stream from its first text on, of a sync answer over its whole time. */
export function measureSpeed({ usage, events, firstTextMs, endMs }: Run): number | undefined {
  if (usage === undefined || endMs === undefined || firstTextMs === undefined) return undefined;
  const durationMs = events.length > 1 ? endMs - firstTextMs : endMs;
  return durationMs > 0 ? (usage.completionTokens * 1_000) / durationMs : undefined;
}
