// Answers in the OpenAI dialect: `text_completion`, whole and in chunks.
import type { FinishReason, Usage } from '../../core/completion.ts';
import { encodeSseData } from '../sse.ts';

/** What all parts of one answer have in common. */
export interface AnswerHead {
  readonly id: string;
  readonly createdSeconds: number;
  /** The model as the caller named it. */
  readonly model: string;
}

export interface AnswerChoice {
  readonly text: string;
  readonly index: number;
  /** Undefined in a chunk that is not the last of its choice. */
  readonly finishReason: FinishReason | undefined;
}

/** The body of a whole answer. Usage that the upstream did not count is left out. */
export function encodeOpenAiCompletion(
  head: AnswerHead,
  choices: readonly AnswerChoice[],
  usage: Usage | undefined,
): string {
  return JSON.stringify({ ...encodeHead(head), choices: choices.map(encodeChoice), usage: encodeUsage(usage) });
}

/** What the protocol has no words for; the fields are ours, and absent unless there is something to say. */
export interface AnswerNotes {
  /** How often the stream was continued after its upstream had died. */
  readonly rescues?: number | undefined;
  /** Whether more may have been charged than the usage says. */
  readonly isUsageIncomplete?: boolean | undefined;
}

/** One chunk of a stream. */
export function encodeOpenAiChunk(head: AnswerHead, choice: AnswerChoice, { rescues }: AnswerNotes = {}): string {
  const notes = { rescues: rescues || undefined };
  return encodeSseData(JSON.stringify({ ...encodeHead(head), choices: [encodeChoice(choice)], ...notes }));
}

/** The chunk that carries the usage, after the last text. */
export function encodeOpenAiUsageChunk(
  head: AnswerHead,
  usage: Usage,
  { rescues, isUsageIncomplete }: AnswerNotes = {},
): string {
  const notes = { usage_incomplete: isUsageIncomplete || undefined, rescues: rescues || undefined };
  return encodeSseData(JSON.stringify({ ...encodeHead(head), choices: [], usage: encodeUsage(usage), ...notes }));
}

/** The end of a stream that is whole. */
export const openAiDone = encodeSseData('[DONE]');

function encodeHead({ id, createdSeconds, model }: AnswerHead): object {
  return { id, object: 'text_completion', created: createdSeconds, model };
}

function encodeChoice({ text, index, finishReason }: AnswerChoice): object {
  return { text, index, logprobs: null, finish_reason: finishReason ?? null };
}

function encodeUsage(usage: Usage | undefined): object | undefined {
  return (
    usage && {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.totalTokens,
    }
  );
}
