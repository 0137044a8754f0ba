// Stream rescue: when the upstream dies mid-text, asks for another answer that continues from there.
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../core/completion.ts';
import { errorTable, GatewayError } from '../core/errors.ts';
import { createContinuation } from './continuation.ts';
import type { Continuation } from './continuation.ts';

/**
 * Continues streams that die after their first event, `maxRescues` of the call times at most, with the prompt
 * lengthened by the text so far. What comes then has the id and the time of the first answer, and goes on with its
 * usage. The last chunk says how often that was done. Another upstream may give it, whatever `mayFallBack` says: the
 * headers have gone in any case. A chat model answers a prompt instead of continuing it, so its streams are left
 * alone.
 *
 * When no other answer can be had, the stream throws what it died of.
 */
export function withRescue(upstream: Upstream): Upstream {
  return {
    complete: (request, call) => upstream.complete(request, call),
    stream: async (request, call) => {
      const chunks = await upstream.stream(request, call);
      const isRescued = maxRescuesOf(call) > 0 && !request.model.isChat;
      return isRescued ? continueChunks(upstream, request, call, chunks) : chunks;
    },
  };
}

async function* continueChunks(
  upstream: Upstream,
  request: CompletionRequest,
  call: UpstreamCall,
  first: AsyncIterable<CompletionChunk>,
): AsyncGenerator<CompletionChunk> {
  const continuation = createContinuation(request, call);
  for (let chunks = first; ;) {
    let failure: unknown;
    try {
      for await (const chunk of chunks) {
        const translated = continuation.translate(chunk);
        if (translated !== undefined) yield translated;
        // Leaving the loop cancels the rest.
        if (translated?.isEnd === true && !chunk.isEnd) return;
      }
      if (continuation.isWhole()) return;
      throw new GatewayError('upstream_truncated', 'The upstream ended the stream before the completion was whole');
    } catch (error) {
      // What breaks after the end is only the connection.
      if (continuation.isWhole()) return;
      failure = error;
    }
    continuation.breakOff();
    try {
      if (!isContinuable(failure) || call.signal.aborted || continuation.rescues() >= maxRescuesOf(call)) throw failure;
      const next = continuation.goOn();
      if (next === undefined) throw failure;
      if ('last' in next) {
        yield next.last;
        return;
      }
      chunks = await askAgain(upstream, next.request, call, continuation, failure);
    } catch (error) {
      yield* continuation.rest();
      throw error;
    }
  }
}

/**
 * Asks until an answer begins; an upstream that is still dying, and does not ask for a pause, uses up the rescues.
 *
 * @param failure What the stream died of.
 */
async function askAgain(
  upstream: Upstream,
  request: CompletionRequest,
  call: UpstreamCall,
  continuation: Continuation,
  failure: GatewayError,
): Promise<AsyncIterable<CompletionChunk>> {
  const asking: UpstreamCall = {
    ...call,
    mayFallBack: true,
    observer: {
      ...call.observer,
      onFallback: (fallback) => {
        if (fallback.mayHaveBeenCharged) continuation.noteUnknown();
        call.observer?.onFallback?.(fallback);
      },
    },
  };
  for (;;) {
    continuation.noteRescue();
    call.observer?.onRescue?.({ error: failure });
    try {
      return await upstream.stream(request, asking);
    } catch (error) {
      if (call.signal.aborted || !(error instanceof GatewayError)) throw error;
      if (error.mayBeCharged) continuation.noteUnknown();
      // Nothing is waited for here, so an upstream that asks for a pause, as an open circuit does, is asked no more.
      const isAskedNoMore = !isContinuable(error) || (error.retryAfterSeconds ?? 0) > 0;
      // The caller knows nothing of the longer prompt, so what is wrong with that would be no answer to them.
      if (isAskedNoMore || continuation.rescues() >= maxRescuesOf(call)) throw failure;
    }
  }
}

function maxRescuesOf({ maxRescues = 0 }: UpstreamCall): number {
  return maxRescues;
}

/** Anything but a GatewayError is a fault of our own, which asking again would only hide. */
function isContinuable(error: unknown): error is GatewayError {
  return error instanceof GatewayError && errorTable[error.code].continuesStream;
}
