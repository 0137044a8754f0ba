// What the gateway answers, as schemas of the OpenAPI document: strict, so that no field appears unnoticed.
import * as z from 'zod';
import { errorTable } from '../../lib/core/errors.ts';
import type { ErrorCode } from '../../lib/core/errors.ts';

const count = z.int().gte(0);
const requestId = z.string().describe('The request id, as in the header `X-Request-Id`.');

export const errorCodeSchema = z
  .enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]])
  .describe('What went wrong, in one word; `x-error-codes` says what each means and what helps.');

const usageSchema = z
  .looseObject({
    prompt_tokens: count.describe('Tokens of the prompt.'),
    completion_tokens: count.describe('Tokens of the answer; in a V1 stream, of this frame.'),
    total_tokens: count.describe('Tokens of prompt and answer; in a V1 stream, so far.'),
    prompt_tokens_details: z
      .looseObject({ cached_tokens: count.optional().describe('Of the prompt: tokens that were found in a cache.') })
      .optional(),
  })
  .describe('What is charged. Left out when the upstream does not count.');

/** Ours, and there only when there is something to say. */
const notes = {
  usage_incomplete: z.literal(true).optional().describe('There when more may have been charged than the usage says.'),
  rescues: z.int().gte(1).optional().describe('How often the stream was continued after its upstream had died.'),
};

const v1Result = {
  result: z.string().describe('The text, or in a stream the next piece of it.'),
  is_safe: z.literal([0, 1]).describe('0 when the input was found to carry a risk.'),
  usage: usageSchema.optional(),
  is_truncated: z.boolean().optional().describe('Whether the text ended at its greatest length.'),
};
const v1Head = {
  id: z.string().describe('The id of the answer.'),
  object: z.string().describe('`completion`, or what Qianfan V1 says.'),
  created: z.int().describe('Unix time in seconds.'),
};

const v1ErrorFields = {
  error_code: z.int().describe('Number of the error; those of `x-error-codes`, or one that Qianfan added.'),
  error_msg: z.string().min(1).describe('What went wrong, in words.'),
  id: requestId,
};

const openAiHead = {
  id: z.string().describe('The id of the answer.'),
  object: z.literal('text_completion'),
  created: z.int().describe('Unix time in seconds.'),
  model: z.string().describe('The model as the request named it.'),
};
const finishReason = z
  .enum(['stop', 'length', 'content_filter'])
  .describe(
    '`stop`: the text ended by itself or at a stop item; `length`: at `max_tokens`; `content_filter`: held back.',
  );
const openAiChoice = {
  text: z.string(),
  index: count.describe('Which of the texts asked for: prompts × n, from 0.'),
  logprobs: z.looseObject({}).nullable(),
};

const modelSchema = z.strictObject({
  id: z.string().describe('The name to give as `model`.'),
  object: z.literal('model'),
  created: z.literal(0).describe('Nobody says when a model was made.'),
  owned_by: z.literal('qianfan'),
});

const serviceSchema = z.strictObject({
  name: z.string().describe('The name of the model.'),
  url: z.string().describe('Where this gateway serves it.'),
  apiType: z.literal('completions'),
  chargeStatus: z.literal('OPENED'),
  serviceUuid: z.string().describe('The endpoint at the end of the URL.'),
  versionList: z.array(z.never()),
});

/** By the name each has under `components.schemas`. */
export const responseSchemas = {
  ErrorCode: errorCodeSchema,
  Usage: usageSchema,
  V1Completion: z
    .looseObject({ ...v1Head, ...v1Result })
    .describe('Further fields are those of Qianfan V1, as it sent them.'),
  V1Chunk: z
    .looseObject({
      ...v1Head,
      sentence_id: count.describe('Number of the frame, from 0.'),
      is_end: z.boolean().describe('Whether this is the last frame. A stream that ends without one was cut short.'),
      ...v1Result,
      ...notes,
    })
    .describe('The data of one frame of a V1 stream.'),
  V1Error: z.strictObject(v1ErrorFields).describe('An error of the V1 dialect; the HTTP status is 200.'),
  V1StreamError: z
    .strictObject({ ...v1ErrorFields, error: z.string().describe('The same as `error_msg`.') })
    .describe('The data of the frame that reports a failure after the first one. The frame `[ABORTED]` follows.'),
  OpenAiCompletion: z
    .looseObject({
      ...openAiHead,
      choices: z.array(z.looseObject({ ...openAiChoice, finish_reason: finishReason })).min(1),
      usage: usageSchema.optional(),
    })
    .describe('Further fields are those of an OpenAI-compatible upstream, as it sent them, such as `timings`.'),
  OpenAiChunk: z
    .looseObject({
      ...openAiHead,
      choices: z
        .array(z.looseObject({ ...openAiChoice, finish_reason: finishReason.nullable() }))
        .max(1)
        .describe('Empty in the chunk of the usage.'),
      usage: usageSchema.optional(),
      ...notes,
    })
    .describe('The data of one event of an OpenAI stream. The last event is `[DONE]`.'),
  OpenAiError: z
    .strictObject({
      error: z.strictObject({
        message: z.string().min(1).describe('What went wrong, in words.'),
        type: z.enum([
          'invalid_request_error',
          'authentication_error',
          'permission_error',
          'rate_limit_error',
          'api_error',
        ]),
        param: z.string().nullable().describe('The field that is at fault, if it is one.'),
        code: errorCodeSchema,
      }),
    })
    .describe('An error of the OpenAI dialect, also as the data of the last event of a stream that failed.'),
  Model: modelSchema,
  ModelList: z.strictObject({ object: z.literal('list'), data: z.array(modelSchema) }),
  Service: serviceSchema,
  ServiceList: z.strictObject({
    log_id: requestId,
    result: z.strictObject({
      common: z.array(serviceSchema).describe('Every model the caller may call.'),
      custom: z.array(z.never()),
    }),
  }),
  ServiceListError: z
    .strictObject({
      requestId,
      code: z.enum([
        'AccessDenied',
        'InvalidAccessKeyId',
        'InvalidHTTPAuthHeader',
        'RequestExpired',
        'SignatureDoesNotMatch',
        'MethodNotAllowed',
        'InternalError',
      ]),
      message: z.string().min(1),
      error_code: z.int(),
      error_msg: z.string().min(1).describe('The same as `message`.'),
    })
    .describe("An error as Baidu's console reports it."),
  AccessToken: z.strictObject({
    access_token: z.string().min(1),
    expires_in: z.int().gte(1).describe('Seconds it lives.'),
    scope: z.literal('public'),
  }),
  AccessTokenError: z.strictObject({
    error: z.enum(['invalid_client', 'invalid_request', 'unsupported_grant_type', 'server_error']),
    error_description: z.string().min(1),
  }),
  Health: z.strictObject({
    status: z.literal('ok'),
    upstreams: z
      .record(z.string(), z.strictObject({ circuit: z.enum(['closed', 'open', 'half_open']) }))
      .describe(
        'The least good state among the circuits of each upstream, one for each of its models, in the sandbox that answers.',
      ),
  }),
  PlainError: z
    .strictObject({
      error: z.strictObject({
        code: z.union([errorCodeSchema, z.literal('origin_not_allowed')]),
        message: z.string().min(1),
      }),
    })
    .describe('An error outside both dialects.'),
  OpenApiDocument: z.looseObject({ openapi: z.string() }).describe('This document.'),
} satisfies Readonly<Record<string, z.ZodType>>;
