// Reads answers of an OpenAI-compatible upstream, whole and streamed, of completions and chat alike.
import type { Completion, CompletionChunk, CompletionRequest, Extras, Usage } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject, parseJson } from '../../core/json.ts';
import { isCount, readCounts } from '../../core/usage.ts';
import type { AnswerReader } from '../codec.ts';
import { mergeExtras, readAnswerExtras } from './answer-extras.ts';
import { isKeepAlive } from '../keep-alive.ts';
import { openAiDialect } from './dialect.ts';
import { createNativeAnswerError, isNativeAnswer } from './native-answer.ts';
import { decodeErrorEvent, decodeOpenAiError } from './error.ts';
import { readChoice } from './choice.ts';

/**
 * Creates a reader for one answer. Usage comes after the last text of a stream in a chunk of its own, or not at all, so the
 * end is held back until the usage, `[DONE]` or the end of the stream. `[DONE]` ends a text even without a finish_reason.
 *
 * An answer that consists of thoughts alone is `upstream_empty_answer`: what it charges has bought no text. So is one of a chat
 * model that has tokens and no text, unless the request has stop items, of which it may have met one at once.
 */
export function createOpenAiReader({ stop = [] }: Pick<CompletionRequest, 'stop'> = {}): AnswerReader {
  const mayBeEmpty = stop.length > 0;
  let latest: CompletionChunk | undefined;
  let hasText = false;
  let hasThought = false;
  let isHeldBack = false;
  let isRefused = false;
  let isMessage = false;
  let isEnding = false;
  let isEnded = false;
  /** Whether counts come with chunks before the end: then the count beside the reason may not be the last one. */
  let hasRunningCount = false;
  /** What chunks without a text held besides. */
  let held: Extras | undefined;
  /** Why the text is not whole, once the upstream has said so. */
  let failure: GatewayError | undefined;

  const takeEnd = (): CompletionChunk | undefined => {
    if (failure !== undefined) throw failure;
    if (latest === undefined) return undefined;
    if (!hasText && (hasThought || (isMessage && !mayBeEmpty && isCharged(latest)))) throw createEmptyAnswer();
    const end: CompletionChunk = { ...latest, text: '', isEnd: true, extras: held };
    latest = undefined;
    isEnded = true;
    return end;
  };
  const takeEndOrNothing = (): CompletionChunk[] => [takeEnd()].filter((chunk) => chunk !== undefined);

  const readChunk = (value: Readonly<Record<string, unknown>>): readonly CompletionChunk[] => {
    const choice = readChoice(value);
    const usage = readUsage(value['usage']);
    if (choice === undefined && usage === undefined) return [];
    isHeldBack ||= choice?.isHeldBack === true || latest?.isSafe === false;
    isRefused ||= choice?.isRefusal === true;
    const ended = choice?.finishReason;
    if (ended instanceof GatewayError) failure = ended;
    const given = ended instanceof GatewayError ? undefined : ended;
    const isFiltered = isHeldBack || given === 'content_filter' || (isRefused && given === 'stop');
    hasThought ||= choice?.isThought === true;
    isMessage ||= choice?.isMessage === true;
    latest = {
      ...readHead(value),
      ...keepHead(latest, value),
      // Of the counts a server sends with every chunk the last one counts.
      usage: usage ?? latest?.usage,
      isSafe: !isFiltered && latest?.isSafe !== false,
      finishReason: isFiltered ? 'content_filter' : (given ?? latest?.finishReason),
      extras: undefined,
      text: '',
      isEnd: false,
    };
    const text = isHeldBack ? '' : (choice?.text ?? '');
    hasText ||= text !== '' || isHeldBack;
    // The reason belongs to the last chunk, which comes later.
    const extras = readAnswerExtras(value, choice?.extras);
    if (text === '') held = mergeExtras(held, extras);
    const chunks = text === '' ? [] : [{ ...latest, text, finishReason: undefined, extras }];
    if (failure !== undefined && chunks.length === 0) throw failure;
    const wasEnding = isEnding;
    isEnding ||= ended !== undefined;
    // Usage ends the text when it comes after the reason, or in a chunk without a choice, which is the last one there is.
    const isLast =
      failure === undefined &&
      usage !== undefined &&
      isEnding &&
      (wasEnding || choice === undefined || !hasRunningCount);
    hasRunningCount ||= usage !== undefined && !isEnding;
    return isLast ? [...chunks, ...takeEndOrNothing()] : chunks;
  };
  return {
    readWhole: (value) => readCompletion(value, mayBeEmpty),
    isCut: () => false,
    isEnding: () => isEnding,
    end: () => (isEnding ? takeEnd() : undefined),
    rest: () => undefined,
    readEvent: (event) => {
      if (isEnded || isKeepAlive(event)) return [];
      if (failure !== undefined) throw failure;
      if (event.data === '[DONE]') return takeEndOrNothing();
      const value = parseJson(event.data);
      const error = event.type === 'error' ? decodeErrorEvent(event.data, value) : decodeOpenAiError(value, 200);
      if (error !== undefined) throw error;
      if (isNativeAnswer(value)) throw createNativeAnswerError();
      if (isJsonObject(value)) return readChunk(value);
      // A type that nobody told us of may carry anything.
      if (event.type !== '' && event.type !== 'message') return [];
      throw new GatewayError('upstream_invalid_response', 'The upstream sent an event that is not JSON');
    },
  };
}

/** @throws GatewayError of the error it carries, `upstream_invalid_response`, `upstream_empty_answer`. */
function readCompletion(value: unknown, mayBeEmpty: boolean): Completion {
  const error = decodeOpenAiError(value, 200);
  if (error !== undefined) throw error;
  const choice = isJsonObject(value) ? readChoice(value) : undefined;
  if (!isJsonObject(value) || choice === undefined) {
    throw isNativeAnswer(value)
      ? createNativeAnswerError()
      : new GatewayError('upstream_invalid_response', 'The upstream answered without a choice');
  }
  if (choice.finishReason instanceof GatewayError) throw choice.finishReason;
  const common = { ...readHead(value), usage: readUsage(value['usage']) };
  const isEmpty = choice.text === '' && !choice.isHeldBack;
  if (isEmpty && (choice.isThought || (choice.isMessage && !mayBeEmpty && isCharged(common))))
    throw createEmptyAnswer();
  if (choice.isHeldBack) return { ...common, text: '', isSafe: false, finishReason: 'content_filter' };
  const { text, finishReason } = choice;
  const extras = readAnswerExtras(value, choice.extras);
  return { ...common, text, isSafe: finishReason !== 'content_filter', finishReason, extras };
}

function readHead(fields: Readonly<Record<string, unknown>>) {
  return {
    id: typeof fields['id'] === 'string' ? fields['id'].slice(0, 256) : '',
    createdSeconds: isCount(fields['created']) ? fields['created'] : 0,
    includesStop: false,
  };
}

/** What all chunks have in common is not repeated by every server. */
function keepHead(latest: CompletionChunk | undefined, fields: Readonly<Record<string, unknown>>) {
  const { id, createdSeconds } = readHead(fields);
  return { id: id || (latest?.id ?? ''), createdSeconds: createdSeconds || (latest?.createdSeconds ?? 0) };
}

function readUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const counts = readCounts(value['prompt_tokens'], value['completion_tokens'], value['total_tokens']);
  if (counts === undefined) return undefined;
  const { prompt_tokens: _prompt, completion_tokens: _completion, total_tokens: _total, ...details } = value;
  const cached = isJsonObject(details['prompt_tokens_details']) ? details['prompt_tokens_details']['cached_tokens'] : 0;
  const stated: Extras | undefined =
    Object.keys(details).length === 0 ? undefined : { dialect: openAiDialect, fields: details };
  return { ...counts, ...(isCount(cached) && cached > 0 && { cachedTokens: cached }), ...(stated && { stated }) };
}

/** Whether it has more tokens than the one that ends a text. */
function isCharged({ usage }: Pick<Completion, 'usage'>): boolean {
  return (usage?.completionTokens ?? 0) > 1;
}

function createEmptyAnswer(): GatewayError {
  const message = 'The model thought and wrote no text; raise max_tokens, or switch its thinking off';
  return new GatewayError('upstream_empty_answer', message);
}
