// A text that several upstream answers make together, as a value, and the stop items in it.
import { noneBegun } from '../../core/stops/stop-matcher.ts';
import type { StopMatcher, StopState } from '../../core/stops/stop-matcher.ts';
import { isHighSurrogate } from '../../core/surrogates.ts';

export interface ContinuedText {
  readonly matcher: StopMatcher;
  /** Whether the stop item that ends the text is part of it. If not, what may become one is held back. */
  readonly keepsStop: boolean;
  /** All that has come of it, without half a character at the end: what the next answer has to go on from. */
  readonly soFar: string;
  readonly stopState: StopState;
  readonly held: string;
  /** The first half of a character whose second half comes with the next piece. */
  readonly half: string;
  /** How many code units the open answer has given, half a character left out. */
  readonly sinceSeam: number;
}

/** Creates the state before the first piece. */
export function createContinuedText(matcher: StopMatcher, keepsStop: boolean): ContinuedText {
  return { matcher, keepsStop, soFar: '', stopState: noneBegun, held: '', half: '', sinceSeam: 0 };
}

export interface TextStep {
  readonly text: ContinuedText;
  /** What the caller may have now. */
  readonly passed: string;
  /** Whether a stop item has ended the text. */
  readonly isStopped: boolean;
}

/**
 * Takes the next piece. The first stop item in the text ends it, with one exception: the item at the end of the piece that
 * the upstream would leave on its text ends nothing yet, since the upstream has met it as well and is about to say so.
 *
 * @param includesStop Whether the upstream of this piece leaves on its text the stop item that it meets.
 */
export function pushPiece(before: ContinuedText, given: string, includesStop: boolean): TextStep {
  const { matcher, keepsStop } = before;
  const whole = before.half + given;
  const half = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? whole.slice(-1) : '';
  const piece = half === '' ? whole : whole.slice(0, -1);
  const all = before.held + piece;
  let stopState = before.stopState;
  for (let index = 0; index < piece.length; index += 1) {
    // More text follows an item that was left to the upstream: the upstream did not end there.
    const met = index === 0 ? matcher.completed(stopState) : 0;
    if (met > 0) return stop(before, all, before.held.length, met);
    stopState = matcher.next(stopState, piece.charCodeAt(index));
    const completed = matcher.completed(stopState);
    if (completed === 0) continue;
    const isUpstreams = includesStop && completed <= before.sinceSeam + index + 1;
    if (isUpstreams && index === piece.length - 1 && half === '') continue;
    return stop(before, all, before.held.length + index + 1, completed);
  }
  const certain = keepsStop ? all.length : all.length - matcher.begun(stopState);
  const text = {
    ...before,
    soFar: before.soFar + piece,
    stopState,
    held: all.slice(certain),
    half,
    sinceSeam: before.sinceSeam + piece.length,
  };
  return { text, passed: all.slice(0, certain), isStopped: false };
}

function stop(text: ContinuedText, all: string, end: number, length: number): TextStep {
  const passed = all.slice(0, text.keepsStop ? end : end - length);
  return { text: { ...text, held: '', half: '' }, passed, isStopped: true };
}

/** Takes the last piece. Returns the rest of the text, and whether a stop item that its upstream had not met has ended it. */
export function endText(before: ContinuedText, piece: string, includesStop: boolean): Omit<TextStep, 'text'> {
  const { text, passed, isStopped } = pushPiece(before, piece, includesStop);
  return { passed: passed + (isStopped ? '' : restOf(text)), isStopped };
}

/** What is still to come of a text that has ended: what is held back, less the stop item if the text is not to keep it. */
export function restOf({ matcher, keepsStop, stopState, held, half }: ContinuedText): string {
  const completed = matcher.completed(stopState);
  if (completed === 0) return held + half;
  return keepsStop ? held : held.slice(0, held.length - completed);
}

/** What is held back of a text that stays incomplete. */
export function heldOf({ held, half }: ContinuedText): string {
  return held + half;
}

/** Whether a whole stop item is the end of it so far: then nothing but the end was still to come. */
export function endsWithStop({ matcher, stopState }: ContinuedText): boolean {
  return matcher.completed(stopState) > 0;
}

/** The upstream has gone: another answer goes on from `soFar`. Half a character has to be generated again. */
export function atSeam(text: ContinuedText): ContinuedText {
  return { ...text, half: '', sinceSeam: 0 };
}
