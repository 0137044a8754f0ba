// The body of a request in any dialect: parsing it, and saying what is wrong with it.
import type * as z from 'zod/mini';
import { GatewayError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';

/**
 * Parses a body, whatever its Content-Type.
 *
 * @throws GatewayError `invalid_json` (336002), `invalid_argument` (336001) when it is no object.
 */
export function parseRequestBody(bodyText: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(bodyText);
  } catch (error) {
    // The parser's own message quotes the body; only the position is fit to be shown.
    const position = /at position (\d+)(?: \(line \d+ column \d+\))?$/.exec((error as SyntaxError).message)?.[1];
    const where = position === undefined ? '' : ` (at position ${position})`;
    throw new GatewayError('invalid_json', `Invalid JSON: the body must be one JSON object${where}`);
  }
  if (!isJsonObject(body)) {
    throw new GatewayError('invalid_argument', `Invalid Argument: the body is ${typeName(body)}, not a JSON object`);
  }
  return body;
}

/**
 * Refuses a text that no UTF-8 can carry: one half of a surrogate pair, as is left when a text is cut between the two
 * (`"…😀".slice(0, n)`). Sent on, it would become U+FFFD, or be answered with 500 by servers that refuse it.
 *
 * @param value The texts of a field: a text itself, or what holds texts, however deep, names included.
 * @param parameter The field, for the message, such as `prompt`.
 * @throws GatewayError `invalid_parameter` (336003) that names the place and the position, and shows nothing of the text.
 */
export function refuseLoneSurrogates(value: unknown, parameter: string): void {
  const found = findLoneSurrogate(value, parameter);
  if (found === undefined) return;
  const message =
    `${found.place} has half of a surrogate pair (UTF-16) at position ${found.position}, counted in UTF-16 units from 0; ` +
    'a text that is cut must not be cut between the two halves of a character';
  throw new GatewayError('invalid_parameter', message, { parameter });
}

interface LoneSurrogate {
  readonly place: string;
  readonly position: number;
}

/** Works without recursion, so that values that nest thousands of levels deep do not exhaust the stack. */
function findLoneSurrogate(root: unknown, name: string): LoneSurrogate | undefined {
  const rest: Part[] = [{ value: root, place: name }];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    const { value, place } = part;
    if (typeof value === 'string') {
      if (!value.isWellFormed()) return { place, position: value.search(/\p{Surrogate}/u) };
    } else {
      for (const inner of listParts(value, place).toReversed()) rest.push(inner);
    }
  }
  return undefined;
}

interface Part {
  readonly value: unknown;
  readonly place: string;
}

function listParts(value: unknown, place: string): readonly Part[] {
  if (Array.isArray(value)) return value.map((each: unknown, index) => ({ value: each, place: `${place}[${index}]` }));
  if (!isJsonObject(value)) return [];
  // A name comes from the caller, and may be any text: it is checked, and shown only when it is a plain word.
  return Object.entries(value).flatMap(([key, each]) => [
    { value: key, place: `a name in ${place}` },
    { value: each, place: /^\w{1,40}$/.test(key) ? `${place}.${key}` : `a member of ${place}` },
  ]);
}

/** The valid values of each field, in the words of error messages. */
export type AllowedValues = Readonly<Record<string, string>>;

/**
 * Turns what a schema found into one error that names every faulty field, its fault and what is allowed:
 * `invalid_argument` (336001) when one is missing or of the wrong type, else `invalid_parameter` (336003). Texts are
 * described by their length and never shown.
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  body: Readonly<Record<string, unknown>>,
  allowed: AllowedValues,
): GatewayError {
  let isIllFormed = false;
  let parameter = String(issues[0]?.path[0]);
  const sentences = issues.map((issue) => {
    const field = String(issue.path[0]);
    const value = issue.path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)[key], body);
    const name = issue.path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('')
      .slice(1);
    // A number in a number's place is of the right type, even if it should have been an integer or finite.
    const isNumberExpected = issue.code === 'invalid_type' && /^(int|number)$/.test(issue.expected);
    // The unions are of a text and an array. A value that is one of these has the right type; its content may be wrong.
    const isMistyped =
      (issue.code === 'invalid_type' && !(isNumberExpected && typeof value === 'number')) ||
      (issue.code === 'invalid_union' && typeof value !== 'string' && !Array.isArray(value));
    if (isMistyped && !isIllFormed) parameter = field;
    isIllFormed ||= isMistyped;
    return `${name} ${isMistyped ? describeType(value) : describeValue(value)}; ${field} must be ${allowed[field]}`;
  });
  return isIllFormed
    ? new GatewayError('invalid_argument', `Invalid Argument: ${sentences.join('. ')}`, { parameter })
    : new GatewayError('invalid_parameter', sentences.join('. '), { parameter });
}

function describeType(value: unknown): string {
  return value === undefined ? 'is required' : `is ${typeName(value)}`;
}

function describeValue(value: unknown): string {
  if (typeof value === 'number') return `is ${value}`;
  if (Array.isArray(value)) return `has ${value.length} items`;
  const length = countCharacters(String(value));
  return length === 0 ? 'is empty' : `has ${length} characters`;
}

/** Characters as a reader counts them: code points, not UTF-16 units. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
