// The usage of one text that several upstream answers make together.
import type { CompletionChunk, Usage } from '../core/completion.ts';
import { addUsage } from '../core/usage.ts';

export interface ContinuedUsage {
  /** Takes the next chunk of the answer that is open; returns the usage of all answers so far. */
  add(chunk: CompletionChunk): Usage | undefined;
  /** The open answer has broken off. What it has cost is known only if the upstream said so until then. */
  breakOff(): void;
  /** An answer that may have been charged, but of which nothing has come. */
  noteUnknown(): void;
  /** The tokens of the text so far, or what they are at least: no piece has less than one. */
  completionTokens(): number;
  /** What is known to have been charged so far. */
  known(): Usage | undefined;
  /** Whether anything is missing from what is known. */
  isIncomplete(): boolean;
}

/** Creates the sum; `onIncomplete` is told, once, when something is missing from it. */
export function createContinuedUsage(onIncomplete?: () => void): ContinuedUsage {
  let sum: Usage | undefined;
  let open: Usage | undefined;
  let pieces = 0;
  let tokensBefore = 0;
  let isBroken = false;
  let isIncomplete = false;
  const noteUnknown = (): void => {
    if (!isIncomplete) onIncomplete?.();
    isIncomplete = true;
  };
  const openTokens = (): number => Math.max(open?.completionTokens ?? 0, pieces);
  const known = (): Usage | undefined => addUsage(sum, open);

  return {
    add: (chunk) => {
      if (chunk.text !== '') pieces += 1;
      open = chunk.usage ?? open;
      // Where nothing is known of a whole answer, nothing is said, and so nothing is missing.
      if (chunk.isEnd && open === undefined && isBroken) noteUnknown();
      return open === undefined && !chunk.isEnd ? undefined : known();
    },
    breakOff: () => {
      // A count that is less than the number of pieces is one of the beginning, not of the answer so far.
      if (open === undefined || open.completionTokens < pieces) noteUnknown();
      isBroken = true;
      tokensBefore += openTokens();
      sum = known();
      open = undefined;
      pieces = 0;
    },
    noteUnknown,
    completionTokens: () => tokensBefore + openTokens(),
    known,
    isIncomplete: () => isIncomplete,
  };
}
