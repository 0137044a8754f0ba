// What the checks of both request bodies are made of. It shares nothing with the gateway's.

/** 336002: not JSON. 336001: missing or of the wrong type. 336003: out of range. 336005: no model is named. */
export interface BodyProblem {
  readonly errorCode: 336001 | 336002 | 336003 | 336005;
  readonly message: string;
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;
/** Says what is wrong with the value of a field. */
export type Check = (value: unknown) => BodyProblem | undefined;
/** A check for each field that takes part, in the order they are made; other fields are ignored. */
export type Checks = Readonly<Record<string, Check>>;

/**
 * Reads a body as an object, whatever its Content-Type said, and returns it or its first problem. Fields that are absent
 * pass, unless they are required.
 */
export function readFields(
  bytes: Uint8Array,
  checks: Checks,
  isAbsent: (value: unknown, name: string) => boolean,
): { readonly fields: Fields } | BodyProblem {
  const value = parseJsonBody(bytes);
  if (value === undefined) return { errorCode: 336002, message: 'Invalid JSON' };
  if (!isFields(value)) return mistyped('the body must be an object');
  for (const [name, check] of Object.entries(checks)) {
    const problem = isAbsent(value[name], name) ? undefined : check(value[name]);
    if (problem !== undefined) return problem;
  }
  return { fields: value };
}

/** Tells a problem from what was read without one. */
export function isProblem(result: object): result is BodyProblem {
  return 'errorCode' in result;
}

/** `undefined` for what is not JSON in UTF-8; JSON itself has no such value. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** Whether a JSON value is an object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a list of strings. */
export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A check that a field is a number within [min, max]. */
export function numberWithin(name: string, min: number, max: number): Check {
  const range = `[${formatLimit(min)}, ${formatLimit(max)}]`;
  return (value) => checkNumber(value, name, range, (number) => number >= min && number <= max);
}

/** A check that a field is a whole number from 1 on. */
export function positiveInteger(name: string): Check {
  return (value) => checkNumber(value, name, 'the positive integers', (number) => number > 0 && number % 1 === 0);
}

/** A check that a field is true or false. */
export function booleanField(name: string): Check {
  return (value) => mistypedUnless(typeof value === 'boolean', `${name} must be true or false`);
}

/** A check that a field is a string, of any length. */
export function stringField(name: string): Check {
  return (value) => mistypedUnless(typeof value === 'string', `${name} must be a string`);
}

/** Checks a number against a range that the message prints as `range`. */
export function checkNumber(
  value: unknown,
  name: string,
  range: string,
  isInRange: (number: number) => boolean,
): BodyProblem | undefined {
  if (typeof value !== 'number') return mistyped(`${name} must be a number`);
  return outOfRangeUnless(isInRange(value), `${name} must be in ${range}`);
}

/** The problem of a field that is missing or of the wrong type. */
export function mistyped(message: string): BodyProblem {
  return { errorCode: 336001, message: `Invalid Argument: ${message}` };
}

/** That problem, unless the condition holds. */
export function mistypedUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : mistyped(message);
}

/** The problem of a value that is out of range. */
export function outOfRange(message: string): BodyProblem {
  return { errorCode: 336003, message };
}

/** That problem, unless the condition holds. */
export function outOfRangeUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : outOfRange(message);
}

/** As the completion pages print their limits. */
function formatLimit(limit: number): string {
  return limit === 0 ? '0' : limit.toFixed(1);
}
