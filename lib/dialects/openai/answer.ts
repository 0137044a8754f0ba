// Makes one OpenAI answer of the upstream's answers: one text after the other, stop items removed, usage added up.
import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  Upstream,
  UpstreamCall,
  Usage,
} from '../../core/completion.ts';
import type { ServedModel } from '../../core/models.ts';
import { encodeOpenAiChunk, encodeOpenAiCompletion, encodeOpenAiUsageChunk, openAiDone } from './completions-answer.ts';
import type { AnswerChoice, AnswerHead } from './completions-answer.ts';
import type { OpenAiRequest } from './completions-request.ts';
import { createStopStripper } from './stop-stripper.ts';
import { addUsage } from '../../core/usage.ts';

export interface AnswerTask {
  readonly asked: OpenAiRequest;
  /** One per text, in the order of their indexes. */
  readonly requests: readonly CompletionRequest[];
  readonly upstream: Upstream;
  readonly call: UpstreamCall;
  /** Told the usage so far. */
  readonly onUsage: (usage: Usage) => void;
}

/** The requests of one OpenAI request: each prompt n times. */
export function expandRequests(asked: OpenAiRequest, model: ServedModel): readonly CompletionRequest[] {
  return asked.prompts.flatMap((prompt) =>
    Array.from({ length: asked.n }, () => ({ model, prompt, ...asked.parameters })),
  );
}

/**
 * Answers whole. The texts are asked for one after the other: many of these models take one request per second.
 *
 * @throws GatewayError what the upstream throws.
 */
export async function answerWhole({ asked, requests, upstream, call, onUsage }: AnswerTask): Promise<string> {
  const choices: AnswerChoice[] = [];
  let head: AnswerHead | undefined;
  let usage: Usage | undefined;
  for (const [index, request] of requests.entries()) {
    const completion = await upstream.complete(request, call);
    head ??= createHead(completion, asked);
    usage = addUsage(usage, completion.usage);
    if (usage !== undefined) onUsage(usage);
    const stripper = createStopStripper(completion.includesStop ? (request.stop ?? []) : []);
    const text = (asked.echo ? request.prompt : '') + stripper.push(completion.text) + stripper.end();
    choices.push({ text, index, finishReason: finishReasonOf(completion) });
  }
  return encodeOpenAiCompletion(head ?? { id: '', createdSeconds: 0, model: asked.model }, choices, usage);
}

/** Answers in chunks; resolves with the first text's first event. What goes wrong later is thrown while iterating. */
export async function answerStream(task: AnswerTask): Promise<AsyncGenerator<string>> {
  const [first] = task.requests;
  return encodeChunks(task, first === undefined ? undefined : await task.upstream.stream(first, task.call));
}

async function* encodeChunks(
  { asked, requests, upstream, call, onUsage }: AnswerTask,
  first: AsyncIterable<CompletionChunk> | undefined,
): AsyncGenerator<string> {
  let head: AnswerHead | undefined;
  let usage: Usage | undefined;
  let rescues = 0;
  let isUsageIncomplete = false;
  for (const [index, request] of requests.entries()) {
    // The headers have gone: a fallback could no longer be told.
    const chunks = index === 0 ? first : await upstream.stream(request, { ...call, mayFallBack: false });
    let textUsage: Usage | undefined;
    let stripper: ReturnType<typeof createStopStripper> | undefined;
    let prefix = asked.echo ? request.prompt : '';
    try {
      for await (const chunk of chunks ?? []) {
        head ??= createHead(chunk, asked);
        textUsage = chunk.usage ?? textUsage;
        const usageSoFar = addUsage(usage, textUsage);
        if (usageSoFar !== undefined) onUsage(usageSoFar);
        stripper ??= createStopStripper(chunk.includesStop ? (request.stop ?? []) : []);
        const text = prefix + stripper.push(chunk.text) + (chunk.isEnd ? stripper.end() : '');
        prefix = '';
        if (text === '' && !chunk.isEnd) continue;
        if (!chunk.isEnd) {
          yield encodeOpenAiChunk(head, { text, index, finishReason: undefined });
          continue;
        }
        rescues += chunk.rescues ?? 0;
        isUsageIncomplete ||= chunk.isUsageIncomplete ?? false;
        yield encodeOpenAiChunk(head, { text, index, finishReason: finishReasonOf(chunk) }, chunk);
      }
    } catch (error) {
      // What was held back had come, and is charged.
      const text = stripper?.end() ?? '';
      if (head !== undefined && text !== '') yield encodeOpenAiChunk(head, { text, index, finishReason: undefined });
      throw error;
    }
    usage = addUsage(usage, textUsage);
  }
  if (asked.includeUsage && head !== undefined && usage !== undefined) {
    yield encodeOpenAiUsageChunk(head, usage, { rescues, isUsageIncomplete });
  }
  yield openAiDone;
}

function createHead({ id, createdSeconds }: Completion, { model }: OpenAiRequest): AnswerHead {
  return { id, createdSeconds, model };
}

/** Qianfan V1 gives no reason; it only says when the input was found unsafe. */
function finishReasonOf({ finishReason, isSafe }: Completion) {
  return finishReason ?? (isSafe ? 'stop' : 'content_filter');
}
