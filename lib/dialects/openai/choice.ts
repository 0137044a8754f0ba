// One choice of an answer of an OpenAI-compatible upstream: its text, and why it ended.
import type { Extras, FinishReason } from '../../core/completion.ts';
import type { GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { isHeldBackFlag, readFinishReason } from '../finish-reason.ts';
import { openAiDialect } from './dialect.ts';

export interface Choice {
  readonly text: string;
  /** Undefined while the text goes on; the error to report where it ended in a way that is not known to be good. */
  readonly finishReason: FinishReason | GatewayError | undefined;
  /** Whether the upstream forbids its text to be shown. */
  readonly isHeldBack: boolean;
  /** Whether it holds reasoning, which is no text. */
  readonly isThought: boolean;
  /** `logprobs`, where there are any. */
  readonly extras: Extras | undefined;
}

/**
 * Reads the first choice; no more than one is ever asked for.
 *
 * @returns undefined when there is none.
 */
export function readChoice({ choices }: Readonly<Record<string, unknown>>): Choice | undefined {
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonObject(choice)) return undefined;
  // Completions have `text`; chat has `message`, or `delta` in a stream.
  const message = [choice['message'], choice['delta']].find(isJsonObject);
  const refusal = textOf(message?.['refusal']);
  const text = textOf(choice['text'] ?? message?.['content']) || refusal;
  const { flag, logprobs } = choice;
  const finishReason = readFinishReason(choice['finish_reason']);
  return {
    text,
    finishReason: finishReason === 'stop' && refusal !== '' ? 'content_filter' : finishReason,
    isHeldBack: isHeldBackFlag(flag),
    isThought: isFilled(message?.['reasoning_content']) || isFilled(message?.['reasoning']),
    extras: isJsonObject(logprobs) ? { dialect: openAiDialect, fields: { logprobs } } : undefined,
  };
}

/** Content is a text, or a list of parts of which those of type `text` are the text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.filter(isJsonObject).filter(({ type }) => type === 'text' || type === undefined);
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
