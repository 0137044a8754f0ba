// Ends texts at stop items that the upstream was not sent, and removes a Markdown fence around them.
import type { Completion, CompletionChunk, CompletionRequest } from '../core/completion.ts';
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
export function shapeAnswer(reader: AnswerReader, { request, stop, isFenced }: FittedRequest): AnswerReader {
  const filters: TextFilter[] = [
    ...(isFenced ? [createFenceStripper()] : []),
    ...(stop.length > 0 ? [createStopCutter(stop)] : []),
  ];
  if (filters.length === 0) return reader;
  let isStopped = false;
  let latest: CompletionChunk | undefined;
  let received = 0;

  /** Sends a piece through the filters; `isLast` gives what they have held back as well. */
  const filter = (given: string, isLast: boolean): string => {
    let text = given;
    let isOver = isLast;
    for (const step of filters) {
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
    received += chunk.text.length;
    const text = filter(chunk.text, chunk.isEnd);
    if (isStopped) {
      const estimatedTokens = chunk.usage === undefined ? estimateTokens(request, received) : undefined;
      return [{ ...chunk, text, finishReason: 'stop', isEnd: true, estimatedTokens }];
    }
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
      const last = reader.rest();
      const chunk = last ?? latest;
      const text = isStopped || chunk === undefined ? '' : filter(last?.text ?? '', true);
      // What else the latest chunk held has gone out with it.
      return chunk === undefined || text === '' ? undefined : { ...chunk, extras: last?.extras, text, isEnd: false };
    },
  };
}

const charactersPerToken = 3;

/** Rather too many than too few: tokens of code have three to four characters. Of token ids the number is known. */
function estimateTokens({ prompt, suffix = '', tokens }: CompletionRequest, received: number): number {
  return (tokens?.length ?? 0) + Math.ceil((prompt.length + suffix.length + received) / charactersPerToken);
}
