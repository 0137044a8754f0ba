// Values of parameters that ask for nothing: SDKs and tools send them as their defaults.
import { isJsonObject } from '../../core/json.ts';

/** Besides null, an empty string, an empty object and an empty array, which ask for nothing wherever they stand. */
const neutralValues: Readonly<Record<string, readonly unknown[]>> = {
  logprobs: [false],
  min_p: [0],
  min_tokens: [0],
  repetition_penalty: [1],
};

/** Whether a parameter has a value that leaves the text as it would be without it. */
export function asksForNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (name === 'response_format' && isJsonObject(value) && value['type'] === 'text') return true;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return Object.hasOwn(neutralValues, name) && neutralValues[name]?.includes(value) === true;
}
