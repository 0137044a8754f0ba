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
  /** Whether it holds something that is no text: reasoning, or a call of a tool. */
  readonly isThought: boolean;
  /** Whether it is of a chat model. */
  readonly isMessage: boolean;
  /** `logprobs` and Qianfan's `flag` and `ban_round`, where there are any. */
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
  const { flag, ban_round: banRound, logprobs } = choice;
  const finishReason = readFinishReason(choice['finish_reason']);
  return {
    text,
    finishReason: finishReason === 'stop' && refusal !== '' ? 'content_filter' : finishReason,
    isHeldBack: isHeldBackFlag(flag),
    isThought: message !== undefined && otherContent.some((name) => isFilled(message[name])),
    isMessage: message !== undefined,
    extras: toExtras({
      ...(isJsonObject(logprobs) && { logprobs }),
      ...(typeof flag === 'number' && { flag }),
      ...(typeof banRound === 'number' && { ban_round: banRound }),
    }),
  };
}

/** Where a message holds what is no text. A list of parts without a text is one of thoughts. */
const otherContent = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking', 'tool_calls', 'content'];

function toExtras(fields: Readonly<Record<string, unknown>>): Extras | undefined {
  return Object.keys(fields).length === 0 ? undefined : { dialect: openAiDialect, fields };
}

/** Content is a text, or a list of parts of which those of type `text` are the text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.filter(isJsonObject).filter(({ type }) => type === 'text' || type === undefined);
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}
