// The body of an OpenAI completion request: validated on the way in, written on the way out.
import * as z from 'zod/mini';
import type { CompletionRequest, Extras } from '../../core/completion.ts';
import type { Asked } from '../codec.ts';
import { GatewayError } from '../../core/errors.ts';
import { lazy } from '../../core/lazy.ts';
import { listIgnoredParameters } from '../ignored-parameters.ts';
import { refuseSystem } from '../refuse-system.ts';
import { countCharacters, describeIssues, parseRequestBody } from '../request-body.ts';
import type { AllowedValues } from '../request-body.ts';
import { openAiDialect } from './dialect.ts';
import { passedNames, sortFields } from './passed-parameters.ts';
import { encodePenalty } from './penalty.ts';

/** How many texts one request may ask for: prompts × n. */
export const maxChoices = 16;
const maxStopItems = 64;
const maxStopCharacters = 1_024;
/** As long as an endpoint may be, or a model's id. */
const longestModelName = 256;

/** An optional parameter; null means "not set". */
const parameter = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.nullable(schema));

const createText = () => z.string();
const createTokens = () => z.array(z.int().check(z.gte(0))).check(z.minLength(1));
const createPrompts = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.array(schema).check(z.minLength(1), z.maxLength(maxChoices));
const createStopItem = () =>
  z.string().check(
    z.minLength(1),
    z.refine((item) => countCharacters(item) <= maxStopCharacters),
  );
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
    prompt: z.union([createText(), createPrompts(createText()), createTokens(), createPrompts(createTokens())]),
    suffix: parameter(z.string()),
    stream: parameter(z.boolean()),
    stream_options: parameter(z.object({ include_usage: parameter(z.boolean()) })),
    max_tokens: parameter(z.int().check(z.gte(1))),
    max_completion_tokens: parameter(z.int().check(z.gte(1))),
    temperature: parameter(z.number().check(z.gte(0), z.lte(2))),
    top_p: parameter(z.number().check(z.gte(0), z.lte(1))),
    n: parameter(z.int().check(z.gte(1), z.lte(maxChoices))),
    stop: parameter(z.union([createStopItem(), z.array(createStopItem()).check(z.maxLength(maxStopItems))])),
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
  prompt: `a non-empty string, an array of token ids, or an array of 1 to ${maxChoices} of either; empty only with a suffix`,
  suffix: 'a string',
  stream: 'a boolean',
  stream_options: 'an object with include_usage',
  max_tokens: 'a positive integer',
  max_completion_tokens: 'a positive integer',
  temperature: 'a number in [0, 2]',
  top_p: 'a number in [0, 1]',
  n: `an integer from 1 to ${maxChoices}`,
  stop: `a non-empty string of at most ${maxStopCharacters} characters, or an array of at most ${maxStopItems} of them`,
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
  const n = fields.n ?? 1;
  const suffix = fields.suffix || undefined;
  const prompts = listPrompts(fields.prompt);
  checkPrompts(prompts, n, suffix);
  const extras = readExtras(body, n);
  // With logprobs the server echoes, for it alone knows those of the prompt.
  const isEchoed = fields.echo ?? false;
  const isServersEcho = isEchoed && extras?.fields['logprobs'] !== undefined;
  const parameters = {
    suffix,
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    topK: (fields.top_k ?? 0) > 0 ? (fields.top_k ?? undefined) : undefined,
    penaltyScore: fields.penalty_score ?? undefined,
    stop: fields.stop === undefined || fields.stop === null ? undefined : [fields.stop].flat(),
    userId: fields.user ?? fields.user_id ?? undefined,
    maxTokens: fields.max_tokens ?? fields.max_completion_tokens ?? undefined,
    presencePenalty: fields.presence_penalty ?? undefined,
    frequencyPenalty: fields.frequency_penalty ?? undefined,
    seed: fields.seed ?? undefined,
    extras: isServersEcho && extras ? { ...extras, fields: { ...extras.fields, echo: true } } : extras,
  };
  return {
    model: fields.model,
    // Each prompt n times.
    texts: prompts.flatMap((prompt) =>
      Array.from({ length: n }, (_, sample) => ({ ...prompt, sample: n > 1 ? sample : undefined, ...parameters })),
    ),
    echo: isEchoed && !isServersEcho,
    stream: fields.stream ?? false,
    includeUsage: fields.stream_options?.include_usage ?? false,
    ignored: listIgnoredParameters(body, readNames()),
  };
}

type Prompt = Pick<CompletionRequest, 'prompt' | 'tokens'>;

/** The fields of a body that are honoured, passed on or refused. */
const readNames = lazy(() => new Set([...Object.keys(completionsBodySchema().shape), ...passedNames]));

/** A prompt is a text or token ids; several are an array of either. */
function listPrompts(given: string | readonly (string | number | readonly number[])[]): readonly Prompt[] {
  if (typeof given === 'string') return [{ prompt: given }];
  const tokens = given.filter((item) => typeof item === 'number');
  if (tokens.length > 0) return [{ prompt: '', tokens }];
  return given.flatMap((item): readonly Prompt[] =>
    typeof item === 'string' ? [{ prompt: item }] : typeof item === 'number' ? [] : [{ prompt: '', tokens: item }],
  );
}

function checkPrompts(prompts: readonly Prompt[], n: number, suffix: string | undefined): void {
  if (suffix === undefined && prompts.some(({ prompt, tokens }) => prompt === '' && tokens === undefined)) {
    throw refusal('prompt', `prompt is empty; prompt must be ${allowed['prompt']}`);
  }
  if (prompts.length * n > maxChoices) {
    throw refusal('n', `${prompts.length} prompts × n ${n} is more than the ${maxChoices} texts one request may have`);
  }
}

/** What servers know besides: it goes on to an upstream of this dialect, and is refused by name where there is none. */
function readExtras(body: Readonly<Record<string, unknown>>, n: number): Extras | undefined {
  const known = new Set(Object.keys(completionsBodySchema().shape));
  const { passed, others } = sortFields(body, known);
  const { best_of: bestOf, ...fields } = passed;
  if (bestOf !== undefined && bestOf !== n) {
    if (n > 1) throw refusal('best_of', `best_of is supported with n 1 only, or as n, which is ${n}`);
    Object.assign(fields, { best_of: bestOf });
  }
  const isEmpty = Object.keys(fields).length === 0 && Object.keys(others).length === 0;
  return isEmpty ? undefined : { dialect: openAiDialect, fields, others };
}

function refusal(parameterName: string, message: string): GatewayError {
  return new GatewayError('invalid_parameter', message, { parameter: parameterName });
}

/** Writes the body that an OpenAI-compatible upstream is sent. Qianfan's own parameters keep their names. */
export function encodeCompletionsRequest(request: CompletionRequest, stream: boolean): string {
  refuseSystem(request);
  return JSON.stringify({
    model: request.model.upstreamModel,
    prompt: request.tokens ?? request.prompt,
    suffix: request.suffix,
    ...encodeParameters(request, stream),
  });
}

/** What the bodies of all operations have in common. */
export function encodeParameters(request: CompletionRequest, stream: boolean) {
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
    ...encodePenalty(request.penaltyScore),
    ...encodeExtras(request),
  };
}

function encodeExtras({ extras, model }: CompletionRequest): Readonly<Record<string, unknown>> {
  if (extras?.dialect !== openAiDialect) return {};
  const own = Object.entries(extras.others ?? {}).filter(([name]) => model.parameters.includes(name));
  return { ...extras.fields, ...Object.fromEntries(own) };
}
