// The checks from which the validation of both request bodies is built. They share no code with the gateway's.

/** 336002: not JSON. 336001: missing or of the wrong type. 336003: out of range. 336005: no model is named. */
export interface BodyProblem {
  readonly errorCode: 336001 | 336002 | 336003 | 336005;
  readonly message: string;
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;
/** Returns what is wrong with the value of a field; undefined if it is right. */
export type Check = (value: unknown) => BodyProblem | undefined;
/** One check for each field, in the order in which they are made. Other fields are ignored. */
export type Checks = Readonly<Record<string, Check>>;

/**
 * Reads a body as an object, whatever its Content-Type, and returns it or its first problem. Absent fields pass, unless
 * they are required.
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

/** Whether a result is a problem. */
export function isProblem(result: object): result is BodyProblem {
  return 'errorCode' in result;
}

/** Parses JSON in UTF-8; undefined for anything else. */
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

/** A check that a field is a positive integer. */
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

/** Checks a number. `range` describes the allowed values in the message. */
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

/** Returns the problem of a wrong type, unless the condition holds. */
export function mistypedUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : mistyped(message);
}

/** The problem of a value that is out of range. */
export function outOfRange(message: string): BodyProblem {
  return { errorCode: 336003, message };
}

/** Returns the problem of a value out of range, unless the condition holds. */
export function outOfRangeUnless(condition: boolean, message: string): BodyProblem | undefined {
  return condition ? undefined : outOfRange(message);
}

/** Formats a limit as on Baidu's completion pages. */
function formatLimit(limit: number): string {
  return limit === 0 ? '0' : limit.toFixed(1);
}
