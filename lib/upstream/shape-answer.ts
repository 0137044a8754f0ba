// Ends texts at stop items that the upstream was not sent, and removes a Markdown fence around them.
import type { Completion, CompletionChunk } from '../core/completion.ts';
import { createStopCutter } from '../core/stops/stop-cutter.ts';
import type { AnswerReader } from '../dialects/codec.ts';
import { createFenceStripper } from '../dialects/fim/fence-stripper.ts';
import type { FittedRequest } from './fit-request.ts';

/** One step that a text goes through. */
interface TextFilter {
  push(piece: string): { readonly text: string; readonly isStopped: boolean };
  end(): string;
}

/** Wraps a reader so that its texts are what the request asked for. If there is nothing to do, returns the reader itself. */
export function shapeAnswer(reader: AnswerReader, { stop, isFenced }: FittedRequest): AnswerReader {
  const filters: TextFilter[] = [
    ...(isFenced ? [createFenceStripper()] : []),
    ...(stop.length > 0 ? [createStopCutter(stop)] : []),
  ];
  if (filters.length === 0) return reader;
  let isStopped = false;
  let latest: CompletionChunk | undefined;

  /** Sends a piece through the filters from `first` on; `isLast` gives what they have held back as well. */
  const filter = (given: string, isLast: boolean, first = 0): string => {
    let text = given;
    let isOver = isLast;
    for (const step of filters.slice(first)) {
      const pushed = step.push(text);
      text = pushed.text + (isOver && !pushed.isStopped ? step.end() : '');
      isOver ||= pushed.isStopped;
      isStopped ||= pushed.isStopped;
    }
    return text;
  };
  const shape = (chunk: CompletionChunk): readonly CompletionChunk[] => {
    if (isStopped) return [];
    latest = chunk;
    const text = filter(chunk.text, chunk.isEnd);
    if (isStopped) return [{ ...chunk, text, finishReason: 'stop', isEnd: true }];
    // A chunk whose text is held back entirely is left out, unless it carries something else.
    return text === '' && chunk.text !== '' && !chunk.isEnd && chunk.extras === undefined ? [] : [{ ...chunk, text }];
  };

  return {
    readWhole: (value) => {
      const completion: Completion = reader.readWhole(value);
      const text = filter(completion.text, true);
      return isStopped ? { ...completion, text, finishReason: 'stop' } : { ...completion, text };
    },
    readEvent: (event) => reader.readEvent(event).flatMap(shape),
    isCut: () => isStopped || reader.isCut(),
    isEnding: () => reader.isEnding(),
    end: () => {
      const last = reader.end();
      return last && shape(last)[0];
    },
    rest: () => {
      const text = isStopped || latest === undefined ? '' : filter('', true);
      return latest === undefined || text === '' ? undefined : { ...latest, text, isEnd: false };
    },
  };
}
