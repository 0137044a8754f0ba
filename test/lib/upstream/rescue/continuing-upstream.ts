// An upstream that continues one text wherever a prompt breaks off, dies where it is told, and keeps what it was asked.
import type { Clock } from '../../../../lib/core/clock.ts';
import type { CompletionChunk, CompletionRequest, Upstream, UpstreamCall } from '../../../../lib/core/completion.ts';
import { GatewayError } from '../../../../lib/core/errors.ts';
import type { ErrorCode } from '../../../../lib/core/errors.ts';
import { createModelCatalog } from '../../../../lib/core/models.ts';
import { withRescue } from '../../../../lib/upstream/rescue/rescue.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';

export const prompt = 'p:';
const models = createModelCatalog({ StarCoder: 'lbw_1', chat: { openai: 'chat', chat: true } });
export const requestOf = (more: Partial<CompletionRequest> = {}, model = 'StarCoder'): CompletionRequest => ({
  model: models.resolve(model),
  prompt,
  ...more,
});

/** What one answer does: how much of the text it gives before it dies, or what it dies of before it begins. */
export interface Life {
  /** Code units given before it dies; undefined: it gives all. */
  readonly diesAfter?: number;
  /** Default: `upstream_truncated`. */
  readonly of?: ErrorCode | Error;
  /** Dies before its first event. */
  readonly isStillborn?: boolean;
  /** As V1 does. Default: false. */
  readonly includesStop?: boolean;
  /** When the usage is told: with each piece, with the first one, at the end, or never. Default: `always`. */
  readonly usage?: 'always' | 'first' | 'end' | 'never';
  /** Default: 3. */
  readonly pieceLength?: number;
  readonly isSafe?: boolean;
  /** Default: false. */
  readonly ignoresStop?: boolean;
}

export interface ContinuingUpstream extends Upstream {
  readonly asked: readonly CompletionRequest[];
  /** How many of its streams are open. */
  readonly open: () => number;
  /** How many pieces of text have been taken from it. */
  readonly pieces: () => number;
}

/** Each code unit is a token, of prompts too. After the last of its lives it dies no more. */
export function createContinuingUpstream(text: string, lives: readonly Life[]): ContinuingUpstream {
  const asked: CompletionRequest[] = [];
  let open = 0;
  let pieces = 0;
  async function* answer(request: CompletionRequest, life: Life, number: number): AsyncGenerator<CompletionChunk> {
    open += 1;
    try {
      const { includesStop = false, usage: telling = 'always', pieceLength = 3, isSafe = true } = life;
      const rest = text.slice(request.prompt.length - prompt.length);
      const { end, kept } = endOf(rest, life.ignoresStop === true ? [] : (request.stop ?? []), includesStop);
      const isWhole = life.diesAfter === undefined;
      // It does not hold back what may become a stop item: that is all of the item but its last code unit.
      const shown = isWhole || kept === end ? kept : end - 1;
      const limited = rest.slice(0, shown).slice(0, request.maxTokens);
      const last = Math.min(life.diesAfter ?? Infinity, limited.length);
      let given = 0;
      const chunk = (piece: string, isEnd: boolean): CompletionChunk => {
        const promptTokens = request.prompt.length;
        const isTold =
          telling === 'always' || (telling === 'first' && given <= pieceLength) || (telling === 'end' && isEnd);
        const usage = isTold ? { promptTokens, completionTokens: given, totalTokens: promptTokens + given } : undefined;
        const finishReason = !isEnd ? undefined : limited.length < kept || end < 0 ? 'length' : 'stop';
        return {
          id: `as-${number}`,
          createdSeconds: number,
          text: piece,
          isSafe,
          usage,
          isEnd,
          finishReason,
          includesStop,
        };
      };
      // Something has to come before a stream is one.
      if (last === 0 && !isWhole) yield chunk('', false);
      while (given < last) {
        const piece = limited.slice(given, Math.min(last, given + pieceLength));
        given += piece.length;
        pieces += 1;
        yield chunk(piece, isWhole && given === last);
      }
      if (isWhole && last === 0) yield chunk('', true);
      if (!isWhole) throw errorOf(life);
    } finally {
      open -= 1;
    }
  }
  return {
    asked,
    open: () => open,
    pieces: () => pieces,
    complete: () => Promise.reject(new Error('Nobody asks for a whole answer')),
    stream: async (request) => {
      asked.push(request);
      const life = lives[asked.length - 1] ?? {};
      if (life.isStillborn === true) throw errorOf(life);
      return answer(request, life, asked.length);
    },
  };
}

/** Where a text ends by its stop items, and how much of it the caller gets. */
export function endOf(text: string, stop: readonly string[], keepsStop: boolean): { end: number; kept: number } {
  for (let end = 1; end <= text.length; end += 1) {
    const met = stop.filter((item) => text.slice(0, end).endsWith(item)).toSorted((a, b) => b.length - a.length)[0];
    if (met !== undefined) return { end, kept: keepsStop ? end : end - met.length };
  }
  return { end: text.length, kept: text.length };
}

function errorOf({ of = 'upstream_truncated' }: Life): Error {
  return typeof of === 'string' ? new GatewayError(of, `died of ${of}`) : of;
}

export interface Outcome {
  readonly text: string;
  readonly chunks: readonly CompletionChunk[];
  readonly last: CompletionChunk | undefined;
  readonly error: unknown;
  /** What the rescues were needed for. */
  readonly rescuedFrom: readonly string[];
  readonly isUsageIncomplete: boolean;
}

/** Reads a stream through the decorator, up to its end or its error. */
export async function readRescued(
  upstream: Upstream,
  request: CompletionRequest,
  more: Partial<UpstreamCall> = {},
  clock: Clock = createFakeClock(),
): Promise<Outcome> {
  const rescuedFrom: string[] = [];
  const chunks: CompletionChunk[] = [];
  let isUsageIncomplete = false;
  let error: unknown;
  try {
    const stream = await withRescue(upstream, clock).stream(request, {
      requestId: 'r',
      signal: new AbortController().signal,
      deadlineMs: Infinity,
      ...more,
      observer: {
        onRescue: (rescue) => void rescuedFrom.push(rescue.error.code),
        onIncompleteUsage: () => (isUsageIncomplete = true),
        ...more.observer,
      },
    });
    for await (const chunk of stream) chunks.push(chunk);
  } catch (thrown) {
    error = thrown;
  }
  const text = chunks.map((chunk) => chunk.text).join('');
  return { text, chunks, last: chunks.at(-1), error, rescuedFrom, isUsageIncomplete };
}
