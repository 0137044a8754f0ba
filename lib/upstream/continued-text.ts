// A text that several upstream answers make together, and the stop items at the seams between them.
import { createStopMatcher } from './stop-matcher.ts';

export interface ContinuedText {
  /** Takes the next piece; returns what the caller may have of the text, and whether a stop item has ended it. */
  push(piece: string): { readonly text: string; readonly isStopped: boolean };
  /**
   * Takes the last piece; returns the rest, and whether a stop item at a seam has ended it. `includesStop` says whether
   * the piece ends with the stop item its upstream met.
   */
  end(piece: string, includesStop: boolean): { readonly text: string; readonly isStopped: boolean };
  /** Whether a whole stop item is the end of it so far: then nothing but the end was still to come. */
  endsWithStop(): boolean;
  /** The upstream has gone, and another answer goes on from here. Returns the text before it. */
  seam(): string;
}

/**
 * Creates an empty text. Each upstream finds the stop items in what it generates itself. Neither upstream sees a stop
 * item that straddles a seam whole, so it is matched here.
 *
 * @param keepsStop Whether the stop item that ends the text is part of it. If not, what may become one is held back.
 */
export function createContinuedText(stop: readonly string[], keepsStop: boolean): ContinuedText {
  const items = stop
    .filter((item) => item !== '')
    .toSorted((a, b) => b.length - a.length)
    .map((item) => ({ length: item.length, text: item, match: createStopMatcher(item) }));
  let before = '';
  let held = '';
  // The first half of a character whose second half comes with the next piece. Alone it is nothing a prompt may end with.
  let half = '';
  let sinceSeam: number | undefined;
  let isAtStop = false;

  /** Follows the stop items; returns the length of the one that spans the seam, and where in the piece it ends. */
  const follow = (piece: string): { end: number; length: number; longest: number } | { longest: number } => {
    let longest = 0;
    for (let index = 0; index < piece.length; index += 1) {
      longest = 0;
      isAtStop = false;
      if (sinceSeam !== undefined) sinceSeam += 1;
      for (const { length, match } of items) {
        const matched = match(piece.charCodeAt(index));
        longest = Math.max(longest, matched);
        isAtStop ||= matched === length;
        if (matched === length && length > (sinceSeam ?? length)) return { end: index + 1, length, longest };
      }
    }
    return { longest };
  };

  const push: ContinuedText['push'] = (given) => {
    const whole = half + given;
    half = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? whole.slice(-1) : '';
    const piece = half === '' ? whole : whole.slice(0, -1);
    if (piece === '') return { text: '', isStopped: false };
    const found = follow(piece);
    before += piece;
    const all = held + piece;
    if ('end' in found) {
      const end = held.length + found.end;
      held = half = '';
      return { text: all.slice(0, keepsStop ? end : end - found.length), isStopped: true };
    }
    const kept = keepsStop ? all.length : all.length - found.longest;
    held = all.slice(kept);
    return { text: all.slice(0, kept), isStopped: false };
  };

  return {
    push,
    end: (piece, includesStop) => {
      const { text, isStopped } = push(piece);
      const rest = held + half;
      held = half = '';
      if (isStopped || keepsStop || !includesStop) return { text: text + rest, isStopped };
      const met = items.find((item) => rest.endsWith(item.text));
      return { text: text + (met === undefined ? rest : rest.slice(0, -met.length)), isStopped };
    },
    endsWithStop: () => isAtStop && half === '',
    seam: () => {
      half = '';
      sinceSeam = 0;
      return before;
    },
  };
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
