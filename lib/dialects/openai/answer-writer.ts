// Writes answers in the OpenAI dialect, whole and streamed: `text_completion`.
import type { Completion, CompletionChunk, Extras, FinishReason, Usage } from '../../core/completion.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { StreamEncoder } from '../codec.ts';
import { encodeSseData } from '../sse.ts';
import type { CompletionsRequest } from './completions-request.ts';
import { unpackExtras } from './answer-extras.ts';
import { openAiDialect } from './dialect.ts';
import { encodeOpenAiError } from './error.ts';
import { createStopStripper } from './stop-stripper.ts';

/** The end of a stream that is whole. */
const done = encodeSseData('[DONE]');

/** The body of a whole answer. Usage that the upstream did not count is left out. */
export function encodeCompletions(
  asked: CompletionsRequest,
  completions: readonly Completion[],
  usage: Usage | undefined,
): string {
  const choices = completions.map((completion, index) => {
    const { prompt = '', stop = [] } = asked.texts[index] ?? {};
    const stripper = createStopStripper(completion.includesStop ? stop : []);
    const text = (asked.echo ? prompt : '') + stripper.push(completion.text) + stripper.end();
    return encodeChoice(text, index, finishReasonOf(completion), completion.extras);
  });
  const { answer } = unpackExtras(completions[0]?.extras);
  return JSON.stringify({ ...encodeHead(asked, completions[0]), choices, usage: encodeUsage(usage), ...answer });
}

/** Writes the chunks of one answer. Its id and time are those of its first text. */
export function createCompletionsEncoder(asked: CompletionsRequest): StreamEncoder {
  let head: object | undefined;
  let openIndex = -1;
  let stripper = createStopStripper([]);
  let rescues = 0;
  let isUsageIncomplete = false;
  const writeChunk = (text: string, index: number, finishReason?: FinishReason, extras?: Extras, notes = {}): string =>
    encodeSseData(
      JSON.stringify({
        ...head,
        choices: [encodeChoice(text, index, finishReason, extras)],
        ...unpackExtras(extras).answer,
        ...notes,
      }),
    );

  return {
    encode: (chunk, index) => {
      head ??= encodeHead(asked, chunk);
      const { prompt = '', stop = [] } = asked.texts[index] ?? {};
      let text = '';
      if (index !== openIndex) {
        openIndex = index;
        stripper = createStopStripper(chunk.includesStop ? stop : []);
        text = asked.echo ? prompt : '';
      }
      text += stripper.push(chunk.text) + (chunk.isEnd ? stripper.end() : '');
      if (!chunk.isEnd) return text === '' ? '' : writeChunk(text, index, undefined, chunk.extras);
      rescues += chunk.rescues ?? 0;
      isUsageIncomplete ||= chunk.isUsageIncomplete ?? false;
      return writeChunk(text, index, finishReasonOf(chunk), chunk.extras, { rescues: chunk.rescues || undefined });
    },
    end: (usage) => {
      if (!asked.includeUsage || head === undefined || usage === undefined) return done;
      const notes = { usage_incomplete: isUsageIncomplete || undefined, rescues: rescues || undefined };
      return encodeSseData(JSON.stringify({ ...head, choices: [], usage: encodeUsage(usage), ...notes })) + done;
    },
    fail: (error: GatewayError) => {
      // What was held back had come, and is charged.
      const text = stripper.end();
      const rest = head === undefined || text === '' ? '' : writeChunk(text, openIndex);
      // The OpenAI clients raise on an event with an error; no [DONE] follows it.
      return rest + encodeSseData(encodeOpenAiError(error));
    },
  };
}

function encodeHead({ model }: CompletionsRequest, first: Completion | undefined): object {
  return { id: first?.id ?? '', object: 'text_completion', created: first?.createdSeconds ?? 0, model };
}

function encodeChoice(
  text: string,
  index: number,
  finishReason: FinishReason | undefined,
  extras: Extras | undefined,
): object {
  return { text, index, logprobs: null, finish_reason: finishReason ?? null, ...unpackExtras(extras).choice };
}

function encodeUsage(usage: Usage | undefined): object | undefined {
  if (usage === undefined) return undefined;
  const { promptTokens, completionTokens, totalTokens, cachedTokens, stated } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: totalTokens,
    prompt_tokens_details: cachedTokens === undefined ? undefined : { cached_tokens: cachedTokens },
    ...(stated?.dialect === openAiDialect ? stated.fields : {}),
  };
}

/** Qianfan V1 may give no reason, or another one when it found the text unsafe. */
function finishReasonOf({ finishReason, isSafe }: Completion | CompletionChunk): FinishReason {
  return isSafe ? (finishReason ?? 'stop') : 'content_filter';
}
