// Ends a text that comes in pieces before the first stop item in it.
import { isHighSurrogate } from '../surrogates.ts';
import { createStopMatcher, noneBegun } from './stop-matcher.ts';

export interface StopCutter {
  /**
   * Takes the next piece. Returns what is certain to belong to the text, and whether a stop item has ended it. What may be
   * the beginning of an item, or is half a surrogate pair, is held back. After the end of the text nothing more is returned.
   */
  push(piece: string): { readonly text: string; readonly isStopped: boolean };
  /** Returns, once, what was held back: the text ended, or broke off, without a stop item. Empty after a stop item. */
  end(): string;
}

/**
 * Creates a cutter for one text. The first item to be complete ends the text. If several are complete at the same
 * character, it is the longest. The text ends before that item, however the text was divided into pieces.
 *
 * @param items Any number, of any length. An item that is empty or not well-formed Unicode is ignored.
 */
export function createStopCutter(items: readonly string[]): StopCutter {
  const matcher = createStopMatcher(items.filter((item) => item.isWellFormed()));
  let state = noneBegun;
  let held = '';
  let isStopped = false;
  return {
    push: (piece) => {
      if (isStopped) return { text: '', isStopped };
      const all = held + piece;
      for (let index = 0; index < piece.length; index += 1) {
        state = matcher.next(state, piece.charCodeAt(index));
        const completed = matcher.completed(state);
        if (completed === 0) continue;
        const text = all.slice(0, held.length + index + 1 - completed);
        held = '';
        isStopped = true;
        return { text, isStopped };
      }
      const half = isHighSurrogate(all.charCodeAt(all.length - 1)) ? 1 : 0;
      const certain = all.length - Math.max(matcher.begun(state), half);
      held = all.slice(certain);
      return { text: all.slice(0, certain), isStopped };
    },
    end: () => {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
