// Removes the Markdown fence that instruct models put around the code they fill in.
import { createStopCutter } from '../../core/stops/stop-cutter.ts';

export interface FenceStripper {
  /** Takes the next piece; returns what is certain to be code, and whether the closing fence has ended it. */
  push(piece: string): { readonly text: string; readonly isStopped: boolean };
  /** Returns, once, what was held back. */
  end(): string;
}

/**
 * The first line: three backticks and perhaps a language, after white space. It is bounded, so that a text which only
 * resembles one is not held back for ever.
 */
const openingFence = /^\s{0,64}```[\w+#.-]{0,32}[ \t]{0,64}\r?\n/;
/** What may become one, with the same bounds: else it would matter how the text is divided. */
const beginningOfFence = /^\s{0,64}(?:`{1,2}|```[\w+#.-]{0,32}[ \t]{0,64}\r?)?$/;
/** Of those that are complete at the same character the one that began first ends the text. */
const closingFences = ['\n```', '\r\n```'];

/**
 * Creates a stripper for one text. A text that does not begin with a fence passes unchanged. One that does loses its first
 * line, and ends before the line with the closing fence.
 */
export function createFenceStripper(): FenceStripper {
  let opening: string | undefined = '';
  let inner: ReturnType<typeof createStopCutter> | undefined;
  /** Fed before the code, so that a closing fence in its first line is found as one. */
  let isAfterLineBreak = false;

  const cut = (piece: string): { text: string; isStopped: boolean } => {
    const { text, isStopped } = inner?.push(piece) ?? { text: piece, isStopped: false };
    return { text: dropLineBreak(text), isStopped };
  };
  const dropLineBreak = (text: string): string => {
    if (!isAfterLineBreak || text === '') return text;
    isAfterLineBreak = false;
    return text.slice(1);
  };

  return {
    push: (piece) => {
      if (opening === undefined) return cut(piece);
      opening += piece;
      const fence = openingFence.exec(opening)?.[0];
      if (fence === undefined && beginningOfFence.test(opening)) return { text: '', isStopped: false };
      const rest = opening.slice(fence?.length ?? 0);
      opening = undefined;
      if (fence === undefined) return { text: rest, isStopped: false };
      inner = createStopCutter(closingFences);
      isAfterLineBreak = true;
      return cut(`\n${rest}`);
    },
    end: () => {
      const held = opening ?? '';
      opening = undefined;
      return held + dropLineBreak(inner?.end() ?? '');
    },
  };
}
