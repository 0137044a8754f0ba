// Answers of an OpenAI-compatible upstream, whole and streamed, from completions and chat alike.
import type { Completion, CompletionChunk, FinishReason, Usage } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject, parseJson } from '../../core/json.ts';
import { decodeOpenAiError } from './error.ts';

/**
 * Reads a whole answer.
 *
 * @throws GatewayError of the error it carries, or `upstream_invalid_response`.
 */
export function decodeOpenAiCompletion(value: unknown): Completion {
  const choice = readChoice(value);
  if (choice === undefined) {
    throw new GatewayError('upstream_invalid_response', 'The upstream answered without a choice');
  }
  return { ...readHead(value, choice.finishReason), text: choice.text, finishReason: choice.finishReason };
}

export interface OpenAiEventReader {
  /** Takes the data of one event and returns the chunks it makes. Throws as {@link decodeOpenAiCompletion} does. */
  read(data: string): CompletionChunk[];
  /** Whether the upstream has said why the text ended. */
  isEnding(): boolean;
  /** The last chunk, if the upstream has said why the text ended but not that the stream has. */
  end(): CompletionChunk | undefined;
}

/**
 * Creates a reader for one stream. Usage comes after the last text in a chunk of its own, or not at all, so the end is
 * held back until the usage, `[DONE]` or the end of the stream. `[DONE]` ends a text even without a finish_reason.
 */
export function createOpenAiEventReader(): OpenAiEventReader {
  let latest: CompletionChunk | undefined;
  let isEnding = false;
  let isEnded = false;

  const takeEnd = (): CompletionChunk | undefined => {
    if (latest === undefined) return undefined;
    const end: CompletionChunk = { ...latest, text: '', isEnd: true };
    latest = undefined;
    isEnded = true;
    return end;
  };

  return {
    isEnding: () => isEnding,
    end: () => (isEnding ? takeEnd() : undefined),
    read: (data) => {
      if (isEnded) return [];
      if (data === '[DONE]') return [takeEnd()].filter((chunk) => chunk !== undefined);
      const value = parseJson(data);
      if (value === undefined) {
        throw new GatewayError('upstream_invalid_response', 'The upstream sent an event that is not JSON');
      }
      const choice = readChoice(value);
      const head = readHead(value, choice?.finishReason);
      if (choice === undefined && head.usage === undefined) return [];
      const finishReason = choice?.finishReason ?? latest?.finishReason;
      latest = {
        ...head,
        id: head.id || (latest?.id ?? ''),
        createdSeconds: head.createdSeconds || (latest?.createdSeconds ?? 0),
        usage: head.usage ?? latest?.usage,
        isSafe: head.isSafe && (latest?.isSafe ?? true),
        finishReason,
        text: '',
        isEnd: false,
      };
      const text = choice?.text ?? '';
      // The usage of a chunk that is not the last is a running count only where the server makes it one.
      const chunks = text === '' ? [] : [{ ...latest, text, finishReason: undefined }];
      isEnding ||= choice?.finishReason !== undefined;
      if (!isEnding || head.usage === undefined) return chunks;
      return [...chunks, takeEnd()].filter((chunk) => chunk !== undefined);
    },
  };
}

interface Choice {
  readonly text: string;
  readonly finishReason: FinishReason | undefined;
}

/** The first choice; no more than one is ever asked for. */
function readChoice(value: unknown): Choice | undefined {
  const error = decodeOpenAiError(value, 200);
  if (error !== undefined) throw error;
  const choices = isJsonObject(value) ? value['choices'] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonObject(choice)) return undefined;
  // Completions have `text`; chat has `message`, or `delta` in a stream.
  const message = [choice['message'], choice['delta']].find(isJsonObject);
  const text = choice['text'] ?? message?.['content'] ?? '';
  return { text: typeof text === 'string' ? text : '', finishReason: readFinishReason(choice['finish_reason']) };
}

/** Anything but length and content_filter, such as Qianfan's former "normal", means that the text was done. */
function readFinishReason(value: unknown): FinishReason | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value === 'length' || value === 'content_filter' ? value : 'stop';
}

function readHead(value: unknown, finishReason: FinishReason | undefined) {
  const fields = isJsonObject(value) ? value : {};
  return {
    id: typeof fields['id'] === 'string' ? fields['id'].slice(0, 256) : '',
    createdSeconds: typeof fields['created'] === 'number' ? fields['created'] : 0,
    isSafe: finishReason !== 'content_filter',
    usage: readUsage(fields['usage']),
    includesStop: false,
  };
}

function readUsage(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = value;
  if (typeof promptTokens !== 'number' || typeof completionTokens !== 'number') return undefined;
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}
