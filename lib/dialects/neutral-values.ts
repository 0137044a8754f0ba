// Values of parameters that ask for nothing: an upstream that does not know the parameter can leave them out.
import { isJsonObject } from '../core/json.ts';

const isZero = (value: unknown): boolean => value === 0;
const isOne = (value: unknown): boolean => value === 1;
/** Whatever it is, the text is the same. */
const isAnything = (): boolean => true;

/**
 * What a parameter may be without asking for anything, by name, besides what asks for nothing whatever its name. The values
 * are the defaults that the documentation of vLLM and llama.cpp states.
 */
const neutralValues: Readonly<Record<string, (value: unknown) => boolean>> = {
  response_format: (value) => isJsonObject(value) && value['type'] === 'text',
  thinking: (value) => isJsonObject(value) && value['type'] === 'disabled',
  top_k: (value) => value === 0 || value === -1,
  min_p: isZero,
  min_tokens: isZero,
  repetition_penalty: isOne,
  repeat_penalty: isOne,
  length_penalty: isOne,
  typical_p: isOne,
  top_n_sigma: (value) => value === -1,
  top_logprobs: isZero,
  n_probs: isZero,
  mirostat: isZero,
  dynatemp_range: isZero,
  xtc_probability: isZero,
  dry_multiplier: isZero,
  skip_special_tokens: (value) => value === true,
  spaces_between_special_tokens: (value) => value === true,
  add_special_tokens: (value) => value === true,
  cache_prompt: isAnything,
  priority: isAnything,
};

/** Of these `false` asks for something: it switches off what is on by default. */
const onByDefault: ReadonlySet<string> = new Set([
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'add_special_tokens',
]);

/** Whether a value of a parameter asks for nothing: not set, false, empty, or the value that changes nothing. */
export function asksForNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (value === false) return !onByDefault.has(name);
  if (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0) return true;
  return Object.hasOwn(neutralValues, name) && neutralValues[name]?.(value) === true;
}
