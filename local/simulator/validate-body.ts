// The simulator's own reading of the documented request body, written apart from the gateway's.

export interface CompletionBody {
  readonly prompt: string;
  readonly stream: boolean;
  readonly stop: readonly string[];
}

/** 336002: not JSON. 336001: missing or of the wrong type. 336003: out of range. */
export interface BodyProblem {
  readonly errorCode: 336001 | 336002 | 336003;
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => BodyProblem | undefined;

/** The fields that take part in a completion, in the order they are checked; others are ignored. */
const checks: Readonly<Record<string, Check>> = {
  prompt: (value) =>
    typeof value === 'string'
      ? outOfRangeUnless(value !== '', 'prompt must not be empty')
      : mistyped('prompt is required and must be a string'),
  stream: (value) => mistypedUnless(typeof value === 'boolean', 'stream must be true or false'),
  temperature: (value) => checkNumber(value, 'temperature', '(0, 1.0]', (number) => number > 0 && number <= 1),
  top_k: (value) => checkNumber(value, 'top_k', 'the positive integers', (number) => number > 0 && number % 1 === 0),
  top_p: (value) => checkNumber(value, 'top_p', '[0, 1.0]', (number) => number >= 0 && number <= 1),
  penalty_score: (value) => checkNumber(value, 'penalty_score', '[1.0, 2.0]', (number) => number >= 1 && number <= 2),
  stop: checkStop,
  user_id: (value) => mistypedUnless(typeof value === 'string', 'user_id must be a string'),
};

/** Reads a completion body, whatever its Content-Type said. Limits: the completion pages of Qianfan. */
export function validateBody(bytes: Uint8Array): CompletionBody | BodyProblem {
  const fields = parseJson(bytes);
  if (fields === undefined) return { errorCode: 336002, message: 'Invalid JSON' };
  if (!isFields(fields)) return mistyped('the body must be an object');
  for (const [name, check] of Object.entries(checks)) {
    const isAbsent = fields[name] === undefined && name !== 'prompt';
    const problem = isAbsent ? undefined : check(fields[name]);
    if (problem !== undefined) return problem;
  }
  return {
    prompt: fields['prompt'] as string,
    stream: fields['stream'] === true,
    stop: (fields['stop'] ?? []) as readonly string[],
  };
}

/** `undefined` for what is not JSON in UTF-8; JSON itself has no such value. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkNumber(
  value: unknown,
  name: string,
  range: string,
  isInRange: (number: number) => boolean,
): BodyProblem | undefined {
  if (typeof value !== 'number') return mistyped(`${name} must be a number`);
  return outOfRangeUnless(isInRange(value), `${name} must be in ${range}`);
}

function checkStop(value: unknown): BodyProblem | undefined {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    return mistyped('stop must be a list of strings');
  }
  if (value.length > 4) return outOfRange('stop must have at most 4 items');
  const isFit = value.every((item) => item !== '' && Array.from(item).length <= 20);
  return outOfRangeUnless(isFit, 'each item of stop must have 1 to 20 characters');
}

function mistyped(message: string): BodyProblem {
  return { errorCode: 336001, message: `Invalid Argument: ${message}` };
}

function mistypedUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : mistyped(message);
}

function outOfRange(message: string): BodyProblem {
  return { errorCode: 336003, message };
}

function outOfRangeUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : outOfRange(message);
}
