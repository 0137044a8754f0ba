// Removes the stop item from the end of a text, if the upstream leaves it there.
import { createStopMatcher, noneBegun } from '../../core/stops/stop-matcher.ts';
import { isHighSurrogate } from '../../core/surrogates.ts';

export interface StopStripper {
  /** Takes the next piece and returns what is certain not to be a stop item at the end. */
  push(text: string): string;
  /** Returns the rest, once, without a stop item at its end. This is done for a text that broke off as well. */
  end(): string;
}

/**
 * Creates a stripper for one text. Qianfan V1 ends a text *with* the stop item it met; OpenAI leaves it out. What may be
 * the beginning of an item is held back, because the next piece may complete it, and so is half a surrogate pair.
 *
 * @param stop An item that is empty or not well-formed Unicode is ignored.
 */
export function createStopStripper(stop: readonly string[]): StopStripper {
  const matcher = createStopMatcher(stop.filter((item) => item.isWellFormed()));
  let state = noneBegun;
  let held = '';
  return {
    push: (text) => {
      for (let index = 0; index < text.length; index += 1) state = matcher.next(state, text.charCodeAt(index));
      const all = held + text;
      const half = isHighSurrogate(all.charCodeAt(all.length - 1)) ? 1 : 0;
      const certain = all.length - Math.max(matcher.begun(state), half);
      held = all.slice(certain);
      return all.slice(0, certain);
    },
    end: () => {
      const rest = held.slice(0, held.length - matcher.completed(state));
      held = '';
      state = noneBegun;
      return rest;
    },
  };
}
