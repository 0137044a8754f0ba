// Shows the progress of a batch: as a bar in a terminal, elsewhere as a line from time to time.
import { formatBar, formatProgress } from './progress.ts';
import type { ProgressSnapshot } from './progress.ts';

/** The part of a stream such as standard error that is used. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ShownProgress {
  /** Writes a line of its own, above the bar. */
  readonly say: (text: string) => void;
  /** Ends the display and removes the bar. */
  readonly stop: () => void;
}

const barIntervalMs = 200;
const lineIntervalMs = 30_000;
/** Carriage return, and "erase to the end of the line" (ECMA-48, EL). */
const clearLine = '\r\u001B[K';

/** Shows what `read` returns until it is stopped. A line is written only if something has changed. */
export function showProgress(stream: ProgressStream, read: () => ProgressSnapshot): ShownProgress {
  const isTerminal = stream.isTTY === true;
  let lastLine = '';
  const draw = (): void => {
    if (isTerminal) stream.write(clearLine + formatBar(read(), stream.columns || 80));
    else {
      const line = formatProgress(read());
      if (line !== lastLine) stream.write(`${line}\n`);
      lastLine = line;
    }
  };
  draw();
  const timer = setInterval(draw, isTerminal ? barIntervalMs : lineIntervalMs);
  return {
    say: (text) => {
      stream.write(`${isTerminal ? clearLine : ''}${text}\n`);
      if (isTerminal) draw();
    },
    stop: () => {
      clearInterval(timer);
      if (isTerminal) stream.write(clearLine);
    },
  };
}
