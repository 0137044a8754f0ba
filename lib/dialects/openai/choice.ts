// One choice of an answer of an OpenAI-compatible upstream: its text, and why it ended.
import type { FinishReason } from '../../core/completion.ts';
import type { GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { isHeldBackFlag, readFinishReason } from '../finish-reason.ts';

export interface Choice {
  readonly text: string;
  /** Undefined while the text goes on; the error to report where it ended in a way that is not known to be good. */
  readonly finishReason: FinishReason | GatewayError | undefined;
  /** Whether the upstream forbids its text to be shown. */
  readonly isHeldBack: boolean;
  /** Whether the text is the model's refusal to answer. */
  readonly isRefusal: boolean;
  /** Whether it holds something that is no text: reasoning, or a call of a tool. */
  readonly isThought: boolean;
  /** Whether it is of a chat model. */
  readonly isMessage: boolean;
  /** What else the choice holds, such as `logprobs`. */
  readonly extras: Readonly<Record<string, unknown>>;
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
  const { index: _index, text: _text, message: _message, delta: _delta, finish_reason: _reason, ...others } = choice;
  const { flag } = others;
  const finishReason = readFinishReason(choice['finish_reason']);
  return {
    text,
    finishReason: finishReason === 'stop' && refusal !== '' ? 'content_filter' : finishReason,
    isHeldBack: isHeldBackFlag(flag),
    isRefusal: refusal !== '',
    isThought:
      hasThought(message?.['content']) ||
      (message !== undefined && otherContent.some((name) => isFilled(message[name]))),
    isMessage: message !== undefined,
    extras: withoutNull(others),
  };
}

/** Where a message holds what is no text. A list of parts without a text is one of thoughts. */
const otherContent = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking', 'tool_calls', 'content'];

/** Content is a text, or a list of parts of which those of type `text` are the text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.filter(isJsonObject).filter(({ type }) => type === 'text' || type === undefined);
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

/** The fields that are set: null is how servers leave one out. */
export function withoutNull(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Mistral lists its thoughts as parts of the content (https://docs.mistral.ai/capabilities/reasoning). */
function hasThought(content: unknown): boolean {
  return Array.isArray(content) && content.some((part) => isJsonObject(part) && part['type'] === 'thinking');
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}
