// Parameters that OpenAI-compatible servers know and the contract does not have. They are passed on unchanged.

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

/** What only clients without a schema send for "not set", and servers with one refuse. Everything else is theirs to judge. */
function isUnset(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (name === 'logprobs') return value === false;
  return name === 'logit_bias' && Array.isArray(value) && value.length === 0;
}

/**
 * Sorts the fields that the dialect's schema does not have.
 *
 * @param known The names that the schema has.
 * @returns `passed`, by name: those that servers know; `others`: the rest. Values are as they were sent: what asks for
 * nothing at one server, such as `top_k: -1`, switches off a default at another.
 */
export function sortFields(
  body: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): { readonly passed: Readonly<Record<string, unknown>>; readonly others: Readonly<Record<string, unknown>> } {
  const passed: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (known.has(name) || isUnset(name, value)) continue;
    if (passedNames.has(name)) passed[name] = value;
    else others[name] = value;
  }
  return { passed, others };
}
