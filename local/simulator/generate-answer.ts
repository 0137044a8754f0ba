// Generates the answer to a request, before one of the sides writes it in its format.
import type { Faults } from './faults.ts';
import { countTokens, cutText, generateText, splitText, stopText } from './generate-text.ts';

/** Everything that an answer depends on. */
export interface GenerationOptions {
  /** The model or the endpoint. Together with the prompt it decides the text. */
  readonly model: string;
  readonly prompts: readonly string[];
  readonly stop: readonly string[];
  /** Whether the item of `stop` that ends the text stays in it. */
  readonly keepsStop: boolean;
  readonly maxTokens: number | undefined;
  /** How many texts each prompt gets. Default: 1. */
  readonly copies?: number;
  /** Whether a text begins with its prompt. Default: false. */
  readonly echoes?: boolean;
  readonly faults: Faults;
}

/** One text. */
export interface GeneratedChoice {
  readonly text: string;
  /** The parts of the text, in order. */
  readonly pieces: readonly string[];
  /** `length` when `maxTokens` ended the text. */
  readonly finishReason: 'stop' | 'length';
  /** The number of tokens, without those of an echo. */
  readonly tokens: number;
}

/** The usage of both sides, which write it alike. */
export interface GeneratedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** All texts for a request, and their usage. */
export interface GeneratedAnswer {
  /** The choices of the first prompt, then those of the next. There is one at least. */
  readonly choices: readonly [GeneratedChoice, ...GeneratedChoice[]];
  readonly usage: GeneratedUsage;
}

const wordsPerPiece = 8;

/** Generates the texts for a request. They do not depend on its side, or on whether it is streamed. */
export function generateAnswer(options: GenerationOptions): GeneratedAnswer {
  const { prompts, copies = 1 } = options;
  const choices = prompts.flatMap((prompt) =>
    Array.from({ length: copies }, (_, copy) => generateChoice(options, prompt, copy)),
  );
  const promptTokens = sum(prompts.map(countTokens));
  const completionTokens = sum(choices.map(({ tokens }) => tokens));
  return {
    choices: choices as [GeneratedChoice, ...GeneratedChoice[]],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function generateChoice(options: GenerationOptions, prompt: string, copy: number): GeneratedChoice {
  const { model, stop, keepsStop, maxTokens, echoes = false, faults } = options;
  const seed = copy === 0 ? `${model}\n${prompt}` : `${model}\n${prompt}\n${copy}`;
  const whole = generateText({ seed, words: faults.words, minWords: faults.frames });
  const kept = maxTokens === undefined ? whole : cutText(whole, maxTokens);
  const text = stopText(kept, stop, keepsStop);
  const tokens = countTokens(text);
  const pieces = splitText(text, faults.frames ?? Math.ceil(tokens / wordsPerPiece));
  return {
    text: echoes ? prompt + text : text,
    pieces: echoes ? [prompt + (pieces[0] ?? ''), ...pieces.slice(1)] : pieces,
    // The reason is `stop` if a stop item ended the text before the limit.
    finishReason: kept !== whole && text === kept ? 'length' : 'stop',
    tokens,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
