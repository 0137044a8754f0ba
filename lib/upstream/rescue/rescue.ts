// Stream rescue: when the upstream dies mid-text, asks for another answer that continues from there.
import type { Clock } from '../../core/clock.ts';
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../../core/completion.ts';
import { advance, createContinuation } from './continuation.ts';
import type { Advance, ContinuationEvent } from './continuation.ts';

/**
 * Continues streams that die after their first event, up to `maxRescues` times, with the prompt
 * lengthened by the text so far. The continuation has the id and the time of the first answer, and adds to its
 * usage. The last chunk says how many rescues there were. Another upstream may give the continuation, whatever
 * `mayFallBack` says: the headers have been sent anyway. While no upstream answers, each rescue asks again for up to 15 s, with growing pauses. A
 * chat model answers a prompt instead of continuing it, so its streams are left alone.
 *
 * If no continuation can be had, the stream throws the error that broke it off.
 */
export function withRescue(upstream: Upstream, clock: Clock): Upstream {
  return {
    complete: (request, call) => upstream.complete(request, call),
    stream: async (request, call) => {
      const chunks = await upstream.stream(request, call);
      // A text cannot be appended to a prompt of token ids.
      const isRescued = (call.maxRescues ?? 0) > 0 && !request.model.isChat && request.tokens === undefined;
      return isRescued ? continueChunks(upstream, clock, request, call, chunks) : chunks;
    },
  };
}

async function* continueChunks(
  upstream: Upstream,
  clock: Clock,
  request: CompletionRequest,
  call: UpstreamCall,
  first: AsyncIterable<CompletionChunk>,
): AsyncGenerator<CompletionChunk> {
  const { signal, deadlineMs, observer, maxRescues = 0 } = call;
  let state = createContinuation({ request, maxRescues, deadlineMs });
  const take = (event: ContinuationEvent): Advance => {
    const step = advance(state, event);
    if (step.state.usage.isIncomplete && !state.usage.isIncomplete) observer?.onIncompleteUsage?.();
    if (step.state.rescues > state.rescues && step.next.kind === 'ask')
      observer?.onRescue?.({ error: step.next.failure });
    ({ state } = step);
    return step;
  };
  const asking: UpstreamCall = {
    ...call,
    mayFallBack: true,
    observer: {
      ...observer,
      onFallback: (fallback) => {
        if (fallback.mayHaveBeenCharged) take({ kind: 'charged' });
        observer?.onFallback?.(fallback);
      },
    },
  };

  for (let chunks: AsyncIterable<CompletionChunk> | undefined = first; chunks !== undefined;) {
    let step: Advance;
    try {
      for await (const chunk of chunks) {
        const { emitted, next } = take({ kind: 'chunk', chunk });
        if (emitted !== undefined) yield emitted;
        // Leaving the loop cancels the rest.
        if (next.kind === 'finish') return;
      }
      step = take({ kind: 'closed', nowMs: clock.now(), isAborted: signal.aborted });
    } catch (error) {
      step = take({ kind: 'died', error, nowMs: clock.now(), isAborted: signal.aborted });
    }
    chunks = undefined;
    while (step.next.kind === 'ask') {
      try {
        if (step.next.waitMs > 0) await clock.sleep(step.next.waitMs, signal);
        chunks = await upstream.stream(step.next.request, asking);
        step = take({ kind: 'answered' });
      } catch (error) {
        const random = clock.random();
        step = take({ kind: 'refused', error, nowMs: clock.now(), isAborted: signal.aborted, random });
      }
    }
    if (step.emitted !== undefined) yield step.emitted;
    if (step.next.kind === 'throw') throw step.next.error;
  }
}
