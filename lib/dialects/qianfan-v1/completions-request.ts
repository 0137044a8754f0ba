// The body of a V1 completion request: validated on the way in, written on the way out.
import * as z from 'zod/mini';
import type { CompletionParameters, CompletionRequest } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { lazy } from '../../core/lazy.ts';
import { qianfanV1Dialect } from './dialect.ts';
import { listIgnoredParameters } from '../ignored-parameters.ts';
import { refuseSystem } from '../refuse-system.ts';
import { countCharacters, describeIssues, parseRequestBody } from '../request-body.ts';
import type { AllowedValues } from '../request-body.ts';

const maxStopItems = 4;
/** How long a stop item may be; the schema below cannot say so, for it counts characters as a reader does. */
export const maxStopCharacters = 20;

/** An optional parameter; null means "not set", as it does to the SDKs that send it. */
const parameter = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.nullable(schema));

/** Every field of the completion pages with its documented limit. Unknown fields are ignored. */
export const v1Fields = lazy(() => ({
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
  // The pages of these models have neither, but the SDKs send them.
  max_output_tokens: parameter(z.int().check(z.gte(1))),
  system: parameter(z.string()),
}));

const bodySchema = lazy(() => z.object(v1Fields()));

/** What is right for each field, as error messages say it. */
export const allowedV1Values: AllowedValues = {
  prompt: 'a non-empty string',
  stream: 'a boolean',
  temperature: 'a number in (0, 1.0]',
  top_k: 'a positive integer',
  top_p: 'a number in [0, 1.0]',
  penalty_score: 'a number in [1.0, 2.0]',
  stop: `an array of at most ${maxStopItems} strings of at most ${maxStopCharacters} characters each`,
  user_id: 'a string',
  max_output_tokens: 'a positive integer',
  system: 'a string',
};

/** A request of valid fields. */
export interface V1Request {
  readonly stream: boolean;
  readonly parameters: CompletionParameters;
  /** The fields that are neither honoured nor refused; undefined where there are none. */
  readonly ignored?: readonly string[] | undefined;
}

/**
 * Parses and validates a body, whatever its Content-Type.
 *
 * @throws GatewayError `invalid_json` (336002); `invalid_argument` (336001) when a field is missing or of the wrong
 * type; `invalid_parameter` (336003) when a value is out of range; `invalid_messages` (336006) for a conversation. The message names every faulty field, its fault and
 * what is allowed, and never the text of the prompt.
 */
export function decodeV1Request(bodyText: string): V1Request {
  const body = withPrompt(parseRequestBody(bodyText));
  const parsed = bodySchema().safeParse(body);
  if (!parsed.success) throw describeIssues(parsed.error.issues, body, allowedV1Values);
  const ignored = listIgnoredParameters(body, new Set([...Object.keys(v1Fields()), 'messages']));
  return { ...readV1Fields(parsed.data), ignored };
}

/** The request that valid fields make. */
export function readV1Fields(fields: z.infer<ReturnType<typeof bodySchema>>): V1Request {
  const { prompt, stream, temperature, top_k, top_p, penalty_score, stop, user_id, max_output_tokens, system } = fields;
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
      maxTokens: max_output_tokens ?? undefined,
      system: system || undefined,
    },
  };
}

/** What a temperature of 0 is sent as: the V1 API refuses 0. */
const lowestTemperature = 0.01;

/**
 * Writes the body Qianfan is sent. Absent parameters are left out, so that the model's own defaults apply.
 *
 * @throws GatewayError `invalid_parameter` for what another dialect allows and V1 cannot express.
 */
export function encodeV1Request(request: CompletionRequest, stream: boolean): string {
  refuseInexpressible(request);
  return JSON.stringify({
    prompt: request.prompt,
    stream,
    temperature: request.temperature === 0 ? lowestTemperature : request.temperature,
    top_k: request.topK,
    top_p: request.topP,
    penalty_score: request.penaltyScore,
    stop: request.stop,
    user_id: request.userId,
    // Not on the pages of these models, but in the SDKs' requests. An answer that is longer all the same is cut.
    max_output_tokens: request.maxTokens,
  });
}

function refuseInexpressible(request: CompletionRequest): void {
  const refuse = (name: string, reason: string): never => {
    throw new GatewayError('invalid_parameter', `${name} ${reason}`, { parameter: name });
  };
  refuseSystem(request);
  if ((request.temperature ?? 0) > 1) refuse('temperature', 'must be at most 1.0 for a Qianfan V1 model');
  // penalty_score multiplies where these two add, so no value of one means the same as a value of the others.
  if (request.presencePenalty) refuse('presence_penalty', 'is not supported by Qianfan V1 models; use penalty_score');
  if (request.frequencyPenalty) refuse('frequency_penalty', 'is not supported by Qianfan V1 models; use penalty_score');
  // 0 is what some clients send for no seed.
  if (request.seed) refuse('seed', 'is not supported by Qianfan V1 models');
  if (request.tokens !== undefined) refuse('prompt', 'must be a text for a Qianfan V1 model, not token ids');
  if (request.extras === undefined || request.extras.dialect === qianfanV1Dialect) return;
  const { fields, others = {} } = request.extras;
  const unknown = [
    ...Object.keys(fields),
    ...Object.keys(others).filter((name) => request.model.parameters.includes(name)),
  ];
  if (unknown[0] !== undefined) refuse(unknown[0], 'is not supported by Qianfan V1 models');
}

/**
 * The Node SDK, given an endpoint and no model, sends `messages` to a completion endpoint. One message of the user is
 * a prompt in other words; anything more is a conversation, which these models cannot hold.
 *
 * @throws GatewayError `invalid_messages` (336006) for a conversation.
 */
export function withPrompt(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { prompt, messages } = body;
  const isSet = (value: unknown): boolean => value !== undefined && value !== null;
  if (isSet(prompt) || !isSet(messages)) return body;
  const [message] = Array.isArray(messages) && messages.length === 1 ? (messages as unknown[]) : [];
  if (isJsonObject(message) && message['role'] === 'user' && typeof message['content'] === 'string') {
    return { ...body, prompt: message['content'] };
  }
  throw new GatewayError(
    'invalid_messages',
    'messages must be one message with the role user and a text as content on a completion endpoint; or give prompt',
  );
}
