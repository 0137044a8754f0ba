// The body of an OpenAI completion request: validated on the way in, written on the way out.
import * as z from 'zod/mini';
import type { CompletionRequest } from '../../core/completion.ts';
import type { Asked } from '../codec.ts';
import { GatewayError } from '../../core/errors.ts';
import type { PenaltyName } from '../../core/penalty-names.ts';
import { lazy } from '../../core/lazy.ts';
import { listIgnoredParameters } from '../ignored-parameters.ts';
import { refuseSystem } from '../refuse-system.ts';
import { describeIssues, parseRequestBody } from '../request-body.ts';
import type { AllowedValues } from '../request-body.ts';
import { asksForNothing } from './neutral-values.ts';
import { encodePenalty } from './penalty.ts';

/** How many texts one request may ask for: prompts × n. */
export const maxChoices = 16;
const maxStopItems = 4;
/** As long as an endpoint may be, or a model's id. */
const longestModelName = 256;

/** An optional parameter; null means "not set". */
const parameter = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.nullable(schema));

const createText = () => z.string().check(z.minLength(1));
/** It comes up in messages and logs, which are not to grow with what a caller sends. */
const createModelName = () => z.string().check(z.minLength(1), z.maxLength(longestModelName));
const createPenalty = () => z.number().check(z.gte(-2), z.lte(2));

/**
 * The parameters of https://platform.openai.com/docs/api-reference/completions/create that can be honoured, and those
 * of Qianfan beside them. What would change the text and cannot be honoured is refused; the rest is ignored.
 */
export const completionsBodySchema = lazy(() =>
  z.object({
    model: createModelName(),
    prompt: z.union([createText(), z.array(createText()).check(z.minLength(1), z.maxLength(maxChoices))]),
    stream: parameter(z.boolean()),
    stream_options: parameter(z.object({ include_usage: parameter(z.boolean()) })),
    max_tokens: parameter(z.int().check(z.gte(1))),
    temperature: parameter(z.number().check(z.gte(0), z.lte(2))),
    top_p: parameter(z.number().check(z.gte(0), z.lte(1))),
    n: parameter(z.int().check(z.gte(1), z.lte(maxChoices))),
    stop: parameter(z.union([createText(), z.array(createText()).check(z.maxLength(maxStopItems))])),
    echo: parameter(z.boolean()),
    user: parameter(z.string()),
    presence_penalty: parameter(createPenalty()),
    frequency_penalty: parameter(createPenalty()),
    seed: parameter(z.int()),
    top_k: parameter(z.int().check(z.gte(-1))),
    penalty_score: parameter(z.number().check(z.gte(1), z.lte(2))),
    user_id: parameter(z.string()),
  }),
);

const allowed: AllowedValues = {
  model: `a model name of at most ${longestModelName} characters`,
  prompt: `a non-empty string, or an array of 1 to ${maxChoices} of them; tokens are not supported`,
  stream: 'a boolean',
  stream_options: 'an object with include_usage',
  max_tokens: 'a positive integer',
  temperature: 'a number in [0, 2]',
  top_p: 'a number in [0, 1]',
  n: `an integer from 1 to ${maxChoices}`,
  stop: `a non-empty string, or an array of at most ${maxStopItems} of them`,
  echo: 'a boolean',
  user: 'a string',
  presence_penalty: 'a number in [-2, 2]',
  frequency_penalty: 'a number in [-2, 2]',
  seed: 'an integer',
  top_k: 'a positive integer; 0 and -1 set no limit',
  penalty_score: 'a number in [1.0, 2.0]',
  user_id: 'a string',
};

export interface CompletionsRequest extends Asked {
  /** Whether each text begins with its prompt. */
  readonly echo: boolean;
  /** Whether a stream ends with a chunk of the usage. */
  readonly includeUsage: boolean;
}

/**
 * Parses and validates a body.
 *
 * @throws GatewayError `invalid_json`, `invalid_argument`, `invalid_parameter`, with the faulty field in `parameter`.
 */
export function decodeCompletionsRequest(bodyText: string): CompletionsRequest {
  return decodeCompletionsBody(parseRequestBody(bodyText));
}

/** Validates a body that is parsed already; throws as {@link decodeCompletionsRequest} does, but for `invalid_json`. */
export function decodeCompletionsBody(body: Readonly<Record<string, unknown>>): CompletionsRequest {
  const parsed = completionsBodySchema().safeParse(body);
  if (!parsed.success) throw describeIssues(parsed.error.issues, body, allowed);
  const fields = parsed.data;
  refuseUnsupported(body, fields.n ?? 1);
  const prompts = [fields.prompt].flat();
  const n = fields.n ?? 1;
  if (prompts.length * n > maxChoices) {
    throw refusal('n', `${prompts.length} prompts × n ${n} is more than the ${maxChoices} texts one request may have`);
  }
  const parameters = {
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    topK: (fields.top_k ?? 0) > 0 ? (fields.top_k ?? undefined) : undefined,
    penaltyScore: fields.penalty_score ?? undefined,
    stop: fields.stop === undefined || fields.stop === null ? undefined : [fields.stop].flat(),
    userId: fields.user ?? fields.user_id ?? undefined,
    maxTokens: fields.max_tokens ?? undefined,
    presencePenalty: fields.presence_penalty ?? undefined,
    frequencyPenalty: fields.frequency_penalty ?? undefined,
    seed: fields.seed ?? undefined,
  };
  return {
    model: fields.model,
    // Each prompt n times.
    texts: prompts.flatMap((prompt) =>
      Array.from({ length: n }, (_, sample) => ({ prompt, sample: n > 1 ? sample : undefined, ...parameters })),
    ),
    echo: fields.echo ?? false,
    stream: fields.stream ?? false,
    includeUsage: fields.stream_options?.include_usage ?? false,
    ignored: listIgnoredParameters(body, readNames()),
  };
}

/** What would change the answer, of OpenAI and of servers like it, and cannot be honoured. */
export const unsupportedParameters = [
  'suffix',
  'logprobs',
  'logit_bias',
  'max_completion_tokens',
  'max_output_tokens',
  'min_tokens',
  'min_p',
  'repetition_penalty',
  'response_format',
];

/** The fields of a body that are honoured or refused. */
const readNames = lazy(
  () => new Set([...Object.keys(completionsBodySchema().shape), ...unsupportedParameters, 'best_of']),
);

/** Refuses what is unsupported, unless it asks for nothing. */
function refuseUnsupported(body: Readonly<Record<string, unknown>>, n: number): void {
  for (const name of unsupportedParameters) {
    if (!asksForNothing(name, body[name])) throw refusal(name, `${name} is not supported`);
  }
  const { best_of: bestOf } = body;
  if (bestOf !== undefined && bestOf !== null && bestOf !== n) {
    throw refusal('best_of', `best_of is not supported other than as n, which is ${n}`);
  }
}

function refusal(parameterName: string, message: string): GatewayError {
  return new GatewayError('invalid_parameter', message, { parameter: parameterName });
}

/** Writes the body that an OpenAI-compatible upstream is sent. Qianfan's own parameters keep their names. */
export function encodeCompletionsRequest(
  request: CompletionRequest,
  stream: boolean,
  penaltyName?: PenaltyName,
): string {
  refuseSystem(request);
  return JSON.stringify({
    model: request.model.upstreamModel,
    prompt: request.prompt,
    ...encodeParameters(request, stream, penaltyName),
  });
}

/** What the bodies of all operations have in common. */
export function encodeParameters(request: CompletionRequest, stream: boolean, penaltyName: PenaltyName | undefined) {
  return {
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop,
    user: request.userId,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    // Otherwise all texts of one prompt would be the same.
    seed: request.seed === undefined ? undefined : request.seed + (request.sample ?? 0),
    top_k: request.topK,
    ...encodePenalty(request.penaltyScore, penaltyName),
  };
}
