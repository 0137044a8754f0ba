// One answer made of several: what the caller gets of each chunk, and what is asked for when an upstream has died.
import type { CompletionChunk, CompletionRequest, UpstreamCall } from '../core/completion.ts';
import { createContinuedText } from './continued-text.ts';
import type { ContinuedText } from './continued-text.ts';
import { createContinuedUsage } from './continued-usage.ts';

export interface Continuation {
  /**
   * Takes the next chunk of the open stream; returns what the caller gets of it, undefined where it is held back.
   *
   * The text is whole with a chunk that has `isEnd`. If the chunk taken has it too, the stream is to be read on: only
   * the end of its body comes, which frees the connection for the next request, and the caller gets nothing of what
   * comes all the same. If it has not, a stop item at a seam ended the text, and the rest of the stream is to be
   * cancelled.
   */
  translate(chunk: CompletionChunk): CompletionChunk | undefined;
  isWhole(): boolean;
  /** The open stream has died. */
  breakOff(): void;
  /**
   * Returns what is to be asked for once the stream has died, or the last chunk where nothing was missing but the end.
   * Undefined when nothing has come yet.
   */
  goOn(): { readonly request: CompletionRequest } | { readonly last: CompletionChunk } | undefined;
  /** A stream that goes on is asked for. */
  noteRescue(): void;
  /** How often that was done. */
  rescues(): number;
  /** An answer that may have been charged, but of which nothing has come. */
  noteUnknown(): void;
  /** What was held back, for a text that stays a part; it is nothing or one chunk. */
  rest(): readonly CompletionChunk[];
}

/** Creates the answer to a request, of which nothing has come. The observer is told when its usage is incomplete. */
export function createContinuation(request: CompletionRequest, { observer }: UpstreamCall): Continuation {
  const usage = createContinuedUsage(observer?.onIncompleteUsage);
  let begun: { readonly head: CompletionChunk; readonly text: ContinuedText; latest: CompletionChunk } | undefined;
  let rescues = 0;
  let isWhole = false;
  const end = (chunk: CompletionChunk): CompletionChunk => {
    isWhole = true;
    return { ...chunk, isEnd: true, usage: usage.known(), rescues, isUsageIncomplete: usage.isIncomplete() };
  };

  return {
    translate: (chunk) => {
      if (isWhole) return undefined;
      begun ??= {
        head: chunk,
        text: createContinuedText(request.stop ?? [], chunk.includesStop === true),
        latest: chunk,
      };
      const { head, text } = begun;
      const usageSoFar = usage.add(chunk);
      const latest = rescues === 0 ? chunk : { ...chunk, ...commonOf(head, chunk, begun.latest), usage: usageSoFar };
      begun.latest = latest;
      if (chunk.isEnd) {
        const { text: rest, isStopped } = text.end(chunk.text, chunk.includesStop === true);
        return end({ ...latest, text: rest, finishReason: isStopped ? 'stop' : latest.finishReason });
      }
      const { text: fit, isStopped } = text.push(chunk.text);
      if (isStopped) {
        usage.breakOff();
        return end({ ...latest, text: fit, finishReason: 'stop' });
      }
      return fit !== '' || chunk.text === '' ? { ...latest, text: fit } : undefined;
    },
    isWhole: () => isWhole,
    breakOff: () => usage.breakOff(),
    goOn: () => {
      if (begun === undefined) return undefined;
      const { text, latest } = begun;
      if (text.endsWithStop()) return { last: end({ ...latest, text: text.end('', true).text, finishReason: 'stop' }) };
      const maxTokens = request.maxTokens === undefined ? undefined : request.maxTokens - usage.completionTokens();
      if (maxTokens !== undefined && maxTokens <= 0) {
        return { last: end({ ...latest, text: text.end('', false).text, finishReason: 'length' }) };
      }
      return { request: { ...request, prompt: request.prompt + text.seam(), maxTokens } };
    },
    noteRescue: () => {
      rescues += 1;
    },
    rescues: () => rescues,
    noteUnknown: () => usage.noteUnknown(),
    rest: () => {
      const held = begun?.text.end('', false).text ?? '';
      return begun === undefined || held === '' ? [] : [{ ...begun.latest, text: held, isEnd: false }];
    },
  };
}

/** What the caller takes for one answer has one id and one time, and is unsafe if any part of it is. */
function commonOf(head: CompletionChunk, chunk: CompletionChunk, latest: CompletionChunk) {
  const { id, createdSeconds, includesStop } = head;
  return { id, createdSeconds, includesStop, isSafe: chunk.isSafe && latest.isSafe };
}
