// An answer made of several, as a value: what the caller gets for each chunk, and what to do when an upstream dies.
import type { CompletionChunk, CompletionRequest } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { createStopMatcher } from '../../core/stops/stop-matcher.ts';
import { atSeam, createContinuedText, endsWithStop, endText, heldOf, pushPiece, restOf } from './continued-text.ts';
import type { ContinuedText } from './continued-text.ts';
import { addChunk, breakOff, completionTokensOf, knownUsage, noUsage } from './continued-usage.ts';
import type { ContinuedUsage } from './continued-usage.ts';
import { isContinuable } from './is-continuable.ts';
import { beginTries, nextTry } from './tries.ts';
import type { Tries } from './tries.ts';

export interface Continuation {
  readonly request: CompletionRequest;
  /** How often the stream may be continued. */
  readonly maxRescues: number;
  /** Epoch milliseconds after which no answer can reach the caller. */
  readonly deadlineMs: number;
  readonly rescues: number;
  readonly usage: ContinuedUsage;
  /** Undefined until the first chunk has come. */
  readonly begun:
    | {
        readonly head: CompletionChunk;
        readonly latest: CompletionChunk;
        readonly text: ContinuedText;
      }
    | undefined;
  /** The caller has had the last chunk. */
  readonly isWhole: boolean;
  /** The rescue under way: what the stream died of, what is asked for, and how often that has been tried. */
  readonly rescue:
    | { readonly failure: GatewayError; readonly asked: CompletionRequest; readonly tries: Tries }
    | undefined;
}

/** Creates the state before the first chunk. */
export function createContinuation(options: Pick<Continuation, 'request' | 'maxRescues' | 'deadlineMs'>): Continuation {
  return { ...options, rescues: 0, usage: noUsage, begun: undefined, isWhole: false, rescue: undefined };
}

export type ContinuationEvent =
  | { readonly kind: 'chunk'; readonly chunk: CompletionChunk }
  /** The open stream has ended without an error. */
  | { readonly kind: 'closed'; readonly nowMs: number; readonly isAborted: boolean }
  /** The open stream has died. */
  | { readonly kind: 'died'; readonly error: unknown; readonly nowMs: number; readonly isAborted: boolean }
  /** What was asked for has begun. */
  | { readonly kind: 'answered' }
  /** What was asked for has failed before it began, or waiting for it was given up. `random` is in [0, 1). */
  | {
      readonly kind: 'refused';
      readonly error: unknown;
      readonly nowMs: number;
      readonly isAborted: boolean;
      readonly random: number;
    }
  /** Another upstream was asked after one that may have charged, of which nothing has come. */
  | { readonly kind: 'charged' };

/**
 * What is to be done next: to read the open stream on, which after the end of the text only frees its connection; to
 * cancel it and to end; to wait and ask for another stream; or to throw.
 */
export type NextStep =
  | { readonly kind: 'read' }
  | { readonly kind: 'finish' }
  | {
      readonly kind: 'ask';
      readonly request: CompletionRequest;
      readonly waitMs: number;
      readonly failure: GatewayError;
    }
  | { readonly kind: 'throw'; readonly error: unknown };

export interface Advance {
  readonly state: Continuation;
  /** What the caller gets now. */
  readonly emitted?: CompletionChunk | undefined;
  readonly next: NextStep;
}

/** Returns the state after an event, and what to do next. */
export function advance(state: Continuation, event: ContinuationEvent): Advance {
  switch (event.kind) {
    case 'chunk':
      return takeChunk(state, event.chunk);
    case 'closed': {
      const error = new GatewayError(
        'upstream_truncated',
        'The upstream ended the stream before the completion was whole',
      );
      return takeDeath(state, { ...event, error });
    }
    case 'died':
      return takeDeath(state, event);
    case 'answered':
      return { state: { ...state, rescue: undefined }, next: { kind: 'read' } };
    case 'refused':
      return takeRefusal(state, event);
    case 'charged':
    default:
      return { state: { ...state, usage: { ...state.usage, isIncomplete: true } }, next: { kind: 'read' } };
  }
}

function takeChunk(before: Continuation, chunk: CompletionChunk): Advance {
  if (before.isWhole) return { state: before, next: { kind: 'read' } };
  const includesStop = chunk.includesStop === true;
  const {
    head,
    text,
    latest: previous,
  } = before.begun ?? {
    head: chunk,
    text: createContinuedText(createStopMatcher(before.request.stop ?? []), includesStop),
    latest: chunk,
  };
  const usage = addChunk(before.usage, chunk);
  const known = usage.open === undefined && !chunk.isEnd ? undefined : knownUsage(usage);
  const latest = before.rescues === 0 ? chunk : { ...chunk, ...commonOf(head, chunk, previous), usage: known };
  const begun = { head, latest, text };
  if (chunk.isEnd) {
    const { passed, isStopped } = endText(text, chunk.text, includesStop);
    const finishReason = isStopped ? 'stop' : latest.finishReason;
    return endWith({ ...before, usage, begun }, { ...latest, text: passed, finishReason }, 'read');
  }
  const step = pushPiece(text, chunk.text, includesStop);
  if (step.isStopped) {
    const state = { ...before, usage: breakOff(usage), begun };
    return endWith(state, { ...latest, text: step.passed, finishReason: 'stop' }, 'finish');
  }
  const isHeld = step.passed === '' && chunk.text !== '';
  return {
    state: { ...before, usage, begun: { ...begun, text: step.text } },
    emitted: isHeld ? undefined : { ...latest, text: step.passed },
    next: { kind: 'read' },
  };
}

/** The caller sees one answer: it has one id and one time, and is unsafe if any part of it is. */
function commonOf(head: CompletionChunk, chunk: CompletionChunk, latest: CompletionChunk) {
  const { id, createdSeconds, includesStop } = head;
  return { id, createdSeconds, includesStop, isSafe: chunk.isSafe && latest.isSafe };
}

function endWith(before: Continuation, chunk: CompletionChunk, kind: 'read' | 'finish'): Advance {
  const { usage, rescues } = before;
  return {
    state: { ...before, isWhole: true },
    emitted: { ...chunk, isEnd: true, usage: knownUsage(usage), rescues, isUsageIncomplete: usage.isIncomplete },
    next: { kind },
  };
}

function takeDeath(
  before: Continuation,
  { error, nowMs, isAborted }: { readonly error: unknown; readonly nowMs: number; readonly isAborted: boolean },
): Advance {
  // The text is whole; only the connection broke.
  if (before.isWhole) return { state: before, next: { kind: 'finish' } };
  const usage = breakOff(before.usage);
  const state = { ...before, usage };
  const { begun, request, maxRescues, deadlineMs } = state;
  if (begun === undefined || !isContinuable(error) || isAborted || state.rescues >= maxRescues)
    return giveUp(state, error);
  const { text, latest } = begun;
  if (endsWithStop(text)) return endWith(state, { ...latest, text: restOf(text), finishReason: 'stop' }, 'finish');
  const maxTokens = request.maxTokens === undefined ? undefined : request.maxTokens - completionTokensOf(usage);
  if (maxTokens !== undefined && maxTokens <= 0) {
    return endWith(state, { ...latest, text: heldOf(text), finishReason: 'length' }, 'finish');
  }
  const asked = { ...request, prompt: request.prompt + text.soFar, maxTokens };
  const rescue = { failure: error, asked, tries: beginTries(nowMs, deadlineMs) };
  return {
    state: { ...state, rescues: state.rescues + 1, begun: { ...begun, text: atSeam(text) }, rescue },
    next: { kind: 'ask', request: asked, waitMs: 0, failure: error },
  };
}

function takeRefusal(before: Continuation, event: ContinuationEvent & { kind: 'refused' }): Advance {
  const { rescue } = before;
  const { error, nowMs, isAborted, random } = event;
  if (rescue === undefined || isAborted || !(error instanceof GatewayError)) return giveUp(before, error);
  const { failure, asked, tries } = rescue;
  const isIncomplete = before.usage.isIncomplete || error.mayBeCharged;
  const state = { ...before, usage: { ...before.usage, isIncomplete } };
  const next = isContinuable(error)
    ? nextTry(tries, { nowMs, retryAfterSeconds: error.retryAfterSeconds, random })
    : undefined;
  // The caller did not write the longer prompt, so an error about it would mean nothing to them.
  if (next === undefined) return giveUp(state, failure);
  return {
    state: { ...state, rescue: { ...rescue, tries: next.tries } },
    next: { kind: 'ask', request: asked, waitMs: next.waitMs, failure },
  };
}

/** The text stays incomplete: the caller gets what was held back, then the error. */
function giveUp(state: Continuation, error: unknown): Advance {
  const { begun } = state;
  const held = begun === undefined ? '' : heldOf(begun.text);
  const emitted = begun === undefined || held === '' ? undefined : { ...begun.latest, text: held, isEnd: false };
  return { state, emitted, next: { kind: 'throw', error } };
}
