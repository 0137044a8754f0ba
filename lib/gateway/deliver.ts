// Reads an answer to its end, once, and tells the listeners how it ended.
import { longestKept } from '../guards/guard.ts';
import type { AnswerListener, AnswerOutcome } from '../guards/guard.ts';
import type { HttpResponse } from '../core/http.ts';

/** How far the stream is that answers a request. */
export interface StreamProgress {
  /** True from just before the last piece of a whole answer is passed on; set by the route. */
  isLastPiece: boolean;
}

export interface DeliverOptions {
  readonly listeners: readonly AnswerListener[];
  readonly progress: StreamProgress;
  /** Whether the response is an error, whatever status its dialect gives it. */
  readonly isFailed: boolean;
}

/**
 * Returns the answer with a body that tells the listeners when it ends. If the body is not a stream, they are told before this
 * resolves, because the sandbox may be frozen as soon as the answer has been sent.
 *
 * @throws what a listener throws.
 */
export async function deliver(
  response: HttpResponse,
  { listeners, progress, isFailed }: DeliverOptions,
): Promise<HttpResponse> {
  const { status, headers, body } = response;
  if (typeof body !== 'string') return { status, headers, body: tell(response, body, listeners, progress) };
  if (!isFailed) await keepAnswer(listeners, { status, headers, body });
  await endAnswer(listeners, isFailed ? 'failed' : 'answered');
  return response;
}

/** Written by hand, because a generator around another one makes each piece several times as expensive. */
function tell(
  response: HttpResponse,
  body: AsyncIterable<string>,
  listeners: readonly AnswerListener[],
  progress: StreamProgress,
): AsyncIterable<string> {
  const pieces = body[Symbol.asyncIterator]();
  const isKept = listeners.some(({ keep }) => keep !== undefined);
  let text = '';
  let isOpen = true;
  const close = async (outcome: AnswerOutcome): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await endAnswer(listeners, progress.isLastPiece ? 'answered' : outcome);
  };
  const telling: AsyncIterator<string> = {
    next: async () => {
      try {
        const result = await pieces.next();
        if (result.done === true) await close('failed');
        else if (isKept) {
          if (text.length <= longestKept) text += result.value;
          if (progress.isLastPiece) await keepAnswer(listeners, { ...response, body: text });
        }
        return result;
      } catch (error) {
        await close('failed');
        throw error;
      }
    },
    return: async () => {
      try {
        await pieces.return?.();
      } finally {
        await close('left');
      }
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => telling };
}

async function keepAnswer(
  listeners: readonly AnswerListener[],
  answer: HttpResponse & { readonly body: string },
): Promise<void> {
  const kept = answer.body.length > longestKept ? undefined : answer;
  for (const { keep } of listeners) await keep?.(kept);
}

async function endAnswer(listeners: readonly AnswerListener[], outcome: AnswerOutcome): Promise<void> {
  for (const { onEnd } of listeners) await onEnd(outcome);
}
