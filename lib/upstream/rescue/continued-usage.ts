// The usage of one text that several upstream answers make together, as a value.
import type { CompletionChunk, Usage } from '../../core/completion.ts';
import { addUsage } from '../../core/usage.ts';

export interface ContinuedUsage {
  /** What the answers before the open one are known to have cost. */
  readonly closed: Usage | undefined;
  /** What the open answer has cost so far, as far as its upstream has said. */
  readonly open: Usage | undefined;
  /** The tokens of the answers before the open one, counted or estimated. */
  readonly closedTokens: number;
  /** The pieces of text that the open answer has given. */
  readonly pieces: number;
  /** The same since its upstream has counted last, and how many tokens they have if wide characters are spelled in bytes. */
  readonly uncountedPieces: number;
  readonly uncountedSpelled: number;
  /** Whether a piece has held several wide characters: then the model has tokens for them, and does not spell them. */
  readonly hasWideTokens: boolean;
  /** Whether an answer has broken off. */
  readonly isBroken: boolean;
  /** Whether anything is missing from what is known. */
  readonly isIncomplete: boolean;
}

/** Nothing has come, and nothing has been charged. */
export const noUsage: ContinuedUsage = {
  closed: undefined,
  open: undefined,
  closedTokens: 0,
  pieces: 0,
  uncountedPieces: 0,
  uncountedSpelled: 0,
  hasWideTokens: false,
  isBroken: false,
  isIncomplete: false,
};

/** Takes the next chunk of the answer that is open. */
export function addChunk(usage: ContinuedUsage, { text, usage: told, isEnd }: CompletionChunk): ContinuedUsage {
  const piece = text === '' ? 0 : 1;
  const open = told ?? usage.open;
  return {
    ...usage,
    open,
    pieces: usage.pieces + piece,
    uncountedPieces: told === undefined ? usage.uncountedPieces + piece : 0,
    uncountedSpelled: told === undefined ? usage.uncountedSpelled + (piece && spelledTokensOf(text)) : 0,
    hasWideTokens: usage.hasWideTokens || severalWide.test(text),
    // An upstream that never counts leaves nothing out, unless an earlier answer broke off.
    isIncomplete: usage.isIncomplete || (isEnd && open === undefined && usage.isBroken),
  };
}

/** The open answer has broken off. What it has cost is known only if the upstream said so until then. */
export function breakOff(usage: ContinuedUsage): ContinuedUsage {
  const { open, pieces, uncountedPieces } = usage;
  // A count that is less than the number of pieces is one of the beginning, not of the answer so far.
  const isCounted = open !== undefined && uncountedPieces === 0 && open.completionTokens >= pieces;
  return {
    ...usage,
    closed: knownUsage(usage),
    open: undefined,
    closedTokens: completionTokensOf(usage),
    pieces: 0,
    uncountedPieces: 0,
    uncountedSpelled: 0,
    isBroken: true,
    isIncomplete: usage.isIncomplete || !isCounted,
  };
}

/** What is known to have been charged so far. */
export function knownUsage({ closed, open }: ContinuedUsage): Usage | undefined {
  return addUsage(closed, open);
}

/**
 * The tokens of the text so far. What the upstream has not counted is estimated: a piece is one token, but one wide
 * character that comes alone is one for each of its bytes in UTF-8, until a piece with several of them has come. Servers
 * give a character that is spelled in several tokens as one piece.
 */
export function completionTokensOf(usage: ContinuedUsage): number {
  const { closedTokens, open, pieces, uncountedPieces, uncountedSpelled, hasWideTokens } = usage;
  const uncounted = hasWideTokens ? uncountedPieces : uncountedSpelled;
  return closedTokens + Math.max(pieces, (open?.completionTokens ?? 0) + uncounted);
}

/** Wide: three or four bytes in UTF-8, as Chinese characters are. */
const severalWide = /[\u{800}-\u{10ffff}].*[\u{800}-\u{10ffff}]/su;
const oneWide = /^\s*[\u{800}-\u{10ffff}]$/u;

function spelledTokensOf(piece: string): number {
  return oneWide.test(piece) ? Buffer.byteLength(piece.trimStart()) : 1;
}
