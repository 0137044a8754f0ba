// Validates the documented V1 request body, with code of its own instead of the gateway's.
import {
  booleanField,
  checkNumber,
  isProblem,
  isStrings,
  mistyped,
  numberWithin,
  outOfRange,
  outOfRangeUnless,
  positiveInteger,
  readFields,
  stringField,
} from './body-checks.ts';
import type { BodyProblem, Checks } from './body-checks.ts';

/** The fields of a V1 body that the answer depends on. */
export interface CompletionBody {
  readonly prompt: string;
  readonly stream: boolean;
  readonly stop: readonly string[];
  readonly maxOutputTokens: number | undefined;
}

const checks: Checks = {
  prompt: (value) =>
    typeof value === 'string'
      ? outOfRangeUnless(value !== '', 'prompt must not be empty')
      : mistyped('prompt is required and must be a string'),
  stream: booleanField('stream'),
  temperature: (value) => checkNumber(value, 'temperature', '(0, 1.0]', (number) => number > 0 && number <= 1),
  top_k: positiveInteger('top_k'),
  top_p: numberWithin('top_p', 0, 1),
  penalty_score: numberWithin('penalty_score', 1, 2),
  stop: checkStop,
  max_output_tokens: positiveInteger('max_output_tokens'),
  user_id: stringField('user_id'),
};

/** Reads a V1 completion body. Limits: the completion pages of Qianfan. */
export function validateBody(bytes: Uint8Array): CompletionBody | BodyProblem {
  const read = readFields(bytes, checks, (value, name) => value === undefined && name !== 'prompt');
  if (isProblem(read)) return read;
  const { fields } = read;
  return {
    prompt: fields['prompt'] as string,
    stream: fields['stream'] === true,
    stop: (fields['stop'] ?? []) as readonly string[],
    maxOutputTokens: fields['max_output_tokens'] as number | undefined,
  };
}

function checkStop(value: unknown): BodyProblem | undefined {
  if (!isStrings(value)) return mistyped('stop must be a list of strings');
  if (value.length > 4) return outOfRange('stop must have at most 4 items');
  const isFit = value.every((item) => item !== '' && Array.from(item).length <= 20);
  return outOfRangeUnless(isFit, 'each item of stop must have 1 to 20 characters');
}
