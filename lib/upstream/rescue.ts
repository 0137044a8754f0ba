// Stream rescue: when the upstream dies in the middle of a text, another answer is asked for that goes on from there.
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import { createContinuedText } from './continued-text.ts';
import { createContinuedUsage } from './continued-usage.ts';
import type { ContinuedUsage } from './continued-usage.ts';

/**
 * The errors which say that the upstream has died, not that it minds the request. `maybe_charged` where a request that
 * got nothing but this error may have been charged all the same.
 */
const deaths: ReadonlyMap<string, 'not_charged' | 'maybe_charged'> = new Map([
  ['unknown_error', 'not_charged'],
  ['service_unavailable', 'not_charged'],
  ['app_not_available', 'not_charged'],
  ['internal_error', 'not_charged'],
  ['high_load', 'not_charged'],
  ['console_error', 'not_charged'],
  ['upstream_circuit_open', 'not_charged'],
  ['upstream_connect_timeout', 'not_charged'],
  ['upstream_connect_failed', 'not_charged'],
  ['upstream_unreachable', 'maybe_charged'],
  ['upstream_http_error', 'maybe_charged'],
  ['upstream_truncated', 'maybe_charged'],
  ['upstream_timeout', 'maybe_charged'],
  ['upstream_idle_timeout', 'maybe_charged'],
] as const);

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
      const isRescued = (call.maxRescues ?? 0) > 0 && !request.model.isChat;
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
  const usage = createContinuedUsage(call.onIncompleteUsage);
  let text: ReturnType<typeof createContinuedText> | undefined;
  let head: CompletionChunk | undefined;
  let latest: CompletionChunk | undefined;
  let rescues = 0;
  const end = (chunk: CompletionChunk): CompletionChunk => ({
    ...chunk,
    isEnd: true,
    usage: usage.known(),
    rescues,
    isUsageIncomplete: usage.isIncomplete(),
  });

  for (let chunks = first; ;) {
    let failure: unknown;
    let isWhole = false;
    try {
      for await (const chunk of chunks) {
        // Nothing comes after the end but the end of the body, which frees the connection for the next request.
        if (isWhole) continue;
        head ??= chunk;
        text ??= createContinuedText(request.stop ?? [], head.includesStop === true);
        const usageSoFar = usage.add(chunk);
        latest = rescues === 0 ? chunk : { ...chunk, ...commonOf(head, chunk, latest), usage: usageSoFar };
        if (chunk.isEnd) {
          const { text: rest, isStopped } = text.end(chunk.text, chunk.includesStop === true);
          isWhole = true;
          yield end({ ...latest, text: rest, finishReason: isStopped ? 'stop' : latest.finishReason });
          continue;
        }
        const { text: fit, isStopped } = text.push(chunk.text);
        if (isStopped) {
          usage.breakOff();
          // Leaving the loop cancels the rest.
          yield end({ ...latest, text: fit, finishReason: 'stop' });
          return;
        }
        // What is held back comes with a later chunk.
        if (fit !== '' || chunk.text === '') yield { ...latest, text: fit };
      }
      if (isWhole) return;
      throw new GatewayError('upstream_truncated', 'The upstream ended the stream before the completion was whole');
    } catch (error) {
      // What breaks after the end is only the connection.
      if (isWhole) return;
      failure = error;
    }
    usage.breakOff();
    const rest = (): CompletionChunk[] => {
      const held = text?.end('', false).text ?? '';
      return latest === undefined || held === '' ? [] : [{ ...latest, text: held, isEnd: false }];
    };
    if (text === undefined || rescues >= (call.maxRescues ?? 0) || !isDeath(failure) || call.signal.aborted) {
      yield* rest();
      throw failure;
    }
    if (latest !== undefined && text.endsWithStop()) {
      yield end({ ...latest, text: text.end('', true).text, finishReason: 'stop' });
      return;
    }
    const maxTokens = request.maxTokens === undefined ? undefined : request.maxTokens - usage.completionTokens();
    if (latest !== undefined && maxTokens !== undefined && maxTokens <= 0) {
      yield end({ ...latest, text: text.end('', false).text, finishReason: 'length' });
      return;
    }
    const longer = { ...request, prompt: request.prompt + text.seam(), maxTokens };
    try {
      const asked = await askAgain(upstream, longer, call, { failure, usage, rescues });
      ({ chunks, rescues } = asked);
    } catch (error) {
      yield* rest();
      throw error;
    }
  }
}

/** What the caller takes for one answer has one id and one time, and is unsafe if any part of it is. */
function commonOf(head: CompletionChunk, chunk: CompletionChunk, latest: CompletionChunk | undefined) {
  const { id, createdSeconds, includesStop } = head;
  return { id, createdSeconds, includesStop, isSafe: chunk.isSafe && (latest?.isSafe ?? true) };
}

interface Asking {
  /** What the stream died of. */
  readonly failure: GatewayError;
  readonly usage: ContinuedUsage;
  /** Made so far. */
  readonly rescues: number;
}

/** Asks until an answer begins; an upstream that is still dying, and does not ask for a pause, uses up the rescues. */
async function askAgain(
  upstream: Upstream,
  request: CompletionRequest,
  call: UpstreamCall,
  { failure, usage, rescues }: Asking,
): Promise<{ chunks: AsyncIterable<CompletionChunk>; rescues: number }> {
  const maxRescues = call.maxRescues ?? 0;
  const asking: UpstreamCall = {
    ...call,
    mayFallBack: true,
    onFallback: (fallback) => {
      if (fallback.mayHaveBeenCharged) usage.noteUnknown();
      call.onFallback?.(fallback);
    },
  };
  for (let count = rescues + 1; ; count += 1) {
    call.onRescue?.({ error: failure });
    try {
      return { chunks: await upstream.stream(request, asking), rescues: count };
    } catch (error) {
      if (call.signal.aborted || !(error instanceof GatewayError)) throw error;
      if (deaths.get(error.code) === 'maybe_charged') usage.noteUnknown();
      // Nothing is waited for here, so an upstream that asks for a pause, as an open circuit does, is asked no more.
      const mayAskAgain = isDeath(error) && count < maxRescues && (error.retryAfterSeconds ?? 0) === 0;
      // The caller knows nothing of the longer prompt, so what is wrong with that would be no answer to them.
      if (!mayAskAgain) throw failure;
    }
  }
}

/** Anything but a GatewayError is a fault of our own, which asking again would only hide. */
function isDeath(error: unknown): error is GatewayError {
  return error instanceof GatewayError && deaths.has(error.code);
}
