// The body of a V1 completion request: validated on the way in, written on the way out.
import * as z from 'zod/mini';
import type { CompletionRequest } from '../completion.ts';
import { GatewayError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

const maxStopItems = 4;
const maxStopCharacters = 20;

/** An optional parameter; null means "not set", as it does to the SDKs that send it. */
const parameter = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.nullable(schema));

/** Every field of the completion pages with its documented limit. Unknown fields are ignored. */
const bodySchema = z.object({
  prompt: z.string().check(z.minLength(1)),
  stream: parameter(z.boolean()),
  temperature: parameter(z.number().check(z.gt(0), z.lte(1))),
  top_k: parameter(z.int().check(z.gte(1))),
  top_p: parameter(z.number().check(z.gte(0), z.lte(1))),
  penalty_score: parameter(z.number().check(z.gte(1), z.lte(2))),
  stop: parameter(
    z
      .array(z.string().check(z.refine((item) => countCharacters(item) <= maxStopCharacters)))
      .check(z.maxLength(maxStopItems)),
  ),
  user_id: parameter(z.string()),
});

/** What is right for each field, as error messages say it. */
const allowed: Readonly<Record<string, string>> = {
  prompt: 'a non-empty string',
  stream: 'a boolean',
  temperature: 'a number in (0, 1.0]',
  top_k: 'a positive integer',
  top_p: 'a number in [0, 1.0]',
  penalty_score: 'a number in [1.0, 2.0]',
  stop: `an array of at most ${maxStopItems} strings of at most ${maxStopCharacters} characters each`,
  user_id: 'a string',
};

export interface V1Request {
  readonly stream: boolean;
  readonly parameters: Omit<CompletionRequest, 'model'>;
}

/**
 * Parses and validates a body, whatever its Content-Type.
 *
 * @throws GatewayError `invalid_json` (336002); `invalid_argument` (336001) when a field is missing or of the wrong
 * type; `invalid_parameter` (336003) when a value is out of range; `invalid_messages` (336006) for a conversation. The message names every faulty field, its fault and
 * what is allowed, and never the text of the prompt.
 */
export function decodeV1Request(bodyText: string): V1Request {
  const body = withPrompt(parseBody(bodyText));
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw describeIssues(parsed.error.issues, body);
  const { prompt, stream, temperature, top_k, top_p, penalty_score, stop, user_id } = parsed.data;
  return {
    stream: stream ?? false,
    parameters: {
      prompt,
      temperature: temperature ?? undefined,
      topK: top_k ?? undefined,
      topP: top_p ?? undefined,
      penaltyScore: penalty_score ?? undefined,
      stop: stop ?? undefined,
      userId: user_id ?? undefined,
    },
  };
}

/** Writes the body Qianfan is sent. Absent parameters are left out, so that the model's own defaults apply. */
export function encodeV1Request(request: CompletionRequest, stream: boolean): string {
  return JSON.stringify({
    prompt: request.prompt,
    stream,
    temperature: request.temperature,
    top_k: request.topK,
    top_p: request.topP,
    penalty_score: request.penaltyScore,
    stop: request.stop,
    user_id: request.userId,
  });
}

function parseBody(bodyText: string): Readonly<Record<string, unknown>> {
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
 * The Node SDK, given an endpoint and no model, sends `messages` to a completion endpoint. One message of the user is
 * a prompt in other words; anything more is a conversation, which these models cannot hold.
 */
function withPrompt(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { prompt, messages } = body;
  if (prompt !== undefined || messages === undefined) return body;
  const [message] = Array.isArray(messages) && messages.length === 1 ? (messages as unknown[]) : [];
  if (isJsonObject(message) && message['role'] === 'user') return { ...body, prompt: message['content'] };
  throw new GatewayError(
    'invalid_messages',
    'messages must be one message with the role user on a completion endpoint; or give its text as prompt',
  );
}

function describeIssues(issues: readonly z.core.$ZodIssue[], body: Readonly<Record<string, unknown>>): GatewayError {
  let isIllFormed = false;
  const sentences = issues.map((issue) => {
    const field = String(issue.path[0]);
    const value = issue.path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)[key], body);
    const name = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : String(key))).join('');
    // A number in a number's place is of the right type, even if it should have been an integer or finite.
    const isNumberExpected = issue.code === 'invalid_type' && /^(int|number)$/.test(issue.expected);
    const isMistyped = issue.code === 'invalid_type' && !(isNumberExpected && typeof value === 'number');
    isIllFormed ||= isMistyped;
    return `${name} ${isMistyped ? describeType(value) : describeValue(value)}; ${field} must be ${allowed[field]}`;
  });
  return isIllFormed
    ? new GatewayError('invalid_argument', `Invalid Argument: ${sentences.join('. ')}`)
    : new GatewayError('invalid_parameter', sentences.join('. '));
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

function countCharacters(text: string): number {
  return Array.from(text).length;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
