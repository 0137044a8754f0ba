// Writes prompts to fill in the middle, in the format that each family of models was trained on.
import { GatewayError } from '../../core/errors.ts';
import type { FimFamily } from '../../core/models.ts';

interface FimFormat {
  readonly write: (prefix: string, suffix: string) => string;
  /** The family's special tokens. The text ends before one of them, and the caller's texts may not contain any. */
  readonly tokens: readonly string[];
}

/**
 * The formats, by family.
 *
 * Sources: the papers and model cards of StarCoder (https://huggingface.co/bigcode/starcoder), Code Llama
 * (https://arxiv.org/abs/2308.12950), DeepSeek-Coder (https://github.com/deepseek-ai/DeepSeek-Coder), Qwen2.5-Coder
 * (https://github.com/QwenLM/Qwen2.5-Coder), Codestral (https://docs.mistral.ai/capabilities/code_generation) and CodeGeeX4
 * (https://github.com/THUDM/CodeGeeX4).
 */
const formats: Readonly<Record<FimFamily, FimFormat>> = {
  starcoder: {
    write: (prefix, suffix) => `<fim_prefix>${prefix}<fim_suffix>${suffix}<fim_middle>`,
    tokens: ['<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<file_sep>', '<|endoftext|>'],
  },
  codellama: {
    write: (prefix, suffix) => `<PRE> ${prefix} <SUF>${suffix} <MID>`,
    tokens: ['<PRE>', '<SUF>', '<MID>', '<EOT>'],
  },
  deepseek: {
    write: (prefix, suffix) => `<｜fim▁begin｜>${prefix}<｜fim▁hole｜>${suffix}<｜fim▁end｜>`,
    tokens: ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>', '<|EOT|>'],
  },
  qwen: {
    write: (prefix, suffix) => `<|fim_prefix|>${prefix}<|fim_suffix|>${suffix}<|fim_middle|>`,
    tokens: [
      '<|fim_prefix|>',
      '<|fim_suffix|>',
      '<|fim_middle|>',
      '<|endoftext|>',
      '<|file_sep|>',
      '<|file_separator|>',
    ],
  },
  // Codestral's markers are plain text that code may contain, so they are not treated as tokens.
  codestral: { write: (prefix, suffix) => `[SUFFIX]${suffix}[PREFIX]${prefix}`, tokens: [] },
  glm: {
    write: (prefix, suffix) => `<|code_suffix|>${suffix}<|code_prefix|>${prefix}<|code_middle|>`,
    tokens: ['<|code_suffix|>', '<|code_prefix|>', '<|code_middle|>', '<|endoftext|>'],
  },
};

export interface FimPrompt {
  readonly prompt: string;
  /** Where the text ends, besides the stop items of the caller. */
  readonly stop: readonly string[];
}

/**
 * Writes the prompt of a family.
 *
 * @throws GatewayError `invalid_parameter` for a prefix or a suffix that holds one of the family's tokens, which could
 * change what is read as prefix and as suffix.
 */
export function writeFimPrompt(family: FimFamily, prefix: string, suffix: string): FimPrompt {
  const { write, tokens } = formats[family];
  for (const [parameter, text] of [
    ['prompt', prefix],
    ['suffix', suffix],
  ] as const) {
    const found = tokens.find((token) => text.includes(token));
    if (found === undefined) continue;
    const message = `${parameter} holds ${found}, a token of the ${family} models that marks where a part of the prompt begins or ends; take it out`;
    throw new GatewayError('invalid_parameter', message, { parameter });
  }
  return { prompt: write(prefix, suffix), stop: tokens };
}
