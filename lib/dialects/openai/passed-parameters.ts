// Parameters that servers of the OpenAI dialect know and the contract has no word for: passed on as they are.
import { isJsonObject } from '../../core/json.ts';

/**
 * What is always passed on to an OpenAI-compatible upstream, by who knows it. `parameters` in a model's entry of MODELS adds
 * to it. docs/openai.md lists them, which a test checks.
 *
 * Sources: https://platform.openai.com/docs/api-reference/completions/create,
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html,
 * https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md,
 * https://cloud.baidu.com/doc/qianfan-api/s/3m9b5lqft.
 */
export const passedParameters = {
  openai: ['logprobs', 'top_logprobs', 'logit_bias', 'best_of', 'response_format', 'reasoning_effort'],
  vllm: [
    'min_p',
    'repetition_penalty',
    'length_penalty',
    'ignore_eos',
    'min_tokens',
    'stop_token_ids',
    'guided_json',
    'guided_regex',
    'guided_choice',
    'guided_grammar',
    'guided_decoding_backend',
    'guided_whitespace_pattern',
    'structured_outputs',
    'allowed_token_ids',
    'bad_words',
    'prompt_logprobs',
    'skip_special_tokens',
    'spaces_between_special_tokens',
    'add_special_tokens',
    'truncate_prompt_tokens',
    'use_beam_search',
    'chat_template_kwargs',
    'priority',
  ],
  llamaCpp: [
    'repeat_penalty',
    'repeat_last_n',
    'grammar',
    'json_schema',
    'typical_p',
    'top_n_sigma',
    'mirostat',
    'mirostat_tau',
    'mirostat_eta',
    'dynatemp_range',
    'dynatemp_exponent',
    'xtc_probability',
    'xtc_threshold',
    'dry_multiplier',
    'dry_base',
    'dry_allowed_length',
    'dry_penalty_last_n',
    'dry_sequence_breakers',
    'samplers',
    'cache_prompt',
    'n_keep',
    'n_probs',
    'min_keep',
    'timings_per_token',
    'return_progress',
    'lora',
  ],
  thinking: ['thinking', 'enable_thinking', 'thinking_budget', 'thinking_strategy'],
} as const;

/** All of them. */
export const passedNames: ReadonlySet<string> = new Set(Object.values(passedParameters).flat());

/** What a parameter may be without asking for anything, by name, besides what asks for nothing whatever its name. */
const neutralValues: Readonly<Record<string, (value: unknown) => boolean>> = {
  response_format: (value) => isJsonObject(value) && value['type'] === 'text',
  repetition_penalty: (value) => value === 1,
  repeat_penalty: (value) => value === 1,
  length_penalty: (value) => value === 1,
  typical_p: (value) => value === 1,
  min_p: (value) => value === 0,
  min_tokens: (value) => value === 0,
  thinking: (value) => isJsonObject(value) && value['type'] === 'disabled',
  cache_prompt: (value) => value === true,
  skip_special_tokens: (value) => value === true,
};

/** Whether a value of a parameter asks for nothing: not set, false, empty, or the value that changes nothing. */
export function asksForNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  if (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0) return true;
  return Object.hasOwn(neutralValues, name) && neutralValues[name]?.(value) === true;
}

/**
 * Sorts the fields that the dialect's schema does not have.
 *
 * @param known The names that the schema has.
 * @returns `passed`, by name: those that ask for something and that servers know; `others`: the rest that
 * asks for something.
 */
export function sortFields(
  body: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): { readonly passed: Readonly<Record<string, unknown>>; readonly others: Readonly<Record<string, unknown>> } {
  const passed: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (known.has(name) || asksForNothing(name, value)) continue;
    if (passedNames.has(name)) passed[name] = value;
    else others[name] = value;
  }
  return { passed, others };
}
