// The completion routes of both dialects, and the models of the OpenAI one, as paths of the OpenAPI document.
import { endpointPattern } from '../../lib/core/models.ts';
import {
  createFimStreams,
  createOpenAiStreams,
  createV1Streams,
  fimCompletion,
  openAiCompletion,
  v1Completion,
} from './examples.ts';
import {
  completionHeaders,
  createAllV1Errors,
  describeEvents,
  describeJson,
  describeResponse,
  refer,
  referToOpenAiErrors,
} from './responses.ts';

const prompt = 'Using Python to calculate the maximum of an array';

const completionParameters = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'A name for this request: sent again within 24 hours, it is answered as before and not charged again.',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  },
  {
    name: 'X-Stream-Rescue',
    in: 'header',
    description: 'How often the stream may be continued when its upstream dies. 0: not at all. Default: a setting.',
    schema: { type: 'string', pattern: '^[0-3]$' },
  },
];

const v1Parameters = [
  {
    name: 'x-bce-date',
    in: 'header',
    description: 'With a signature: the time of signing, such as 2016-04-06T08:23:49Z.',
    schema: { type: 'string' },
  },
  {
    name: 'request_id',
    in: 'header',
    description: 'A name for the request; it comes back as `X-Baidu-Request-Id`.',
    schema: { type: 'string' },
  },
];

/** The V1 completion route. */
export function createV1CompletionPath(): object {
  return {
    parameters: [
      {
        name: 'endpoint',
        in: 'path',
        required: true,
        description: 'The endpoint at which the model is served, or the name of the model.',
        schema: { type: 'string', pattern: endpointPattern.source },
        examples: { preset: { value: 'sqlcoder_7b' } },
      },
      ...v1Parameters,
      ...completionParameters,
    ],
    post: {
      operationId: 'createV1Completion',
      tags: ['Qianfan V1'],
      summary: 'Continues a text, as the Qianfan SDKs ask for it.',
      description: 'Errors come with status 200 and an `error_code`, when a stream was asked for as well.',
      security: [{ accessToken: [] }, { signature: [] }, { userToken: [] }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: refer('V1Request'),
            examples: { whole: { value: { prompt } }, stream: { value: { prompt, stream: true, temperature: 0.5 } } },
          },
        },
      },
      responses: {
        200: describeResponse(
          'The answer, as a stream if that was asked for; or an error.',
          {
            ...describeJson(['V1Completion', 'V1Error'], {
              completion: { summary: 'An answer', value: v1Completion },
              ...createAllV1Errors(),
            }),
            ...describeEvents(['V1Chunk', 'V1StreamError'], ['[ABORTED]'], createV1Streams()),
          },
          [...completionHeaders, 'Cache-Control'],
        ),
      },
    },
  };
}

/** What the paths of the OpenAI dialect are named after, under each of its versions. */
export type OpenAiVersion = 'v1' | 'v2';

/** The completion route of a version. */
export function createOpenAiCompletionPath(version: OpenAiVersion): object {
  const examples = {
    whole: { value: { model: 'StarCoder', prompt } },
    stream: { value: { model: 'StarCoder', prompt, stream: true, stream_options: { include_usage: true } } },
  };
  return {
    parameters: completionParameters,
    post: {
      operationId: `createCompletion${nameVersion(version)}`,
      tags: ['OpenAI'],
      summary: 'Continues a text, as OpenAI clients ask for it.',
      security: [{ bearer: [] }],
      requestBody: { required: true, content: { 'application/json': { schema: refer('OpenAiRequest'), examples } } },
      responses: {
        200: describeResponse(
          'The answer, as a stream if that was asked for.',
          {
            ...describeJson(['OpenAiCompletion'], { completion: { value: openAiCompletion } }),
            ...describeEvents(['OpenAiChunk', 'OpenAiError'], ['[DONE]'], createOpenAiStreams()),
          },
          [...completionHeaders, 'Cache-Control'],
        ),
        ...referToOpenAiErrors(),
      },
    },
  };
}

/** The route that Mistral's clients call to fill in the middle. */
export function createFimCompletionPath(): object {
  const value = { model: 'StarCoder', prompt: 'def maximum(numbers):\n', suffix: '\nprint(maximum([1, 2]))' };
  return {
    parameters: completionParameters,
    post: {
      operationId: 'createFimCompletion',
      tags: ['OpenAI'],
      summary: "Fills in the middle, as Mistral's clients ask for it; the answer is written like that of a chat.",
      description: 'The body is that of a completion. `random_seed` is another name of `seed`.',
      security: [{ bearer: [] }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: refer('OpenAiRequest'),
            examples: { whole: { value }, stream: { value: { ...value, stream: true } } },
          },
        },
      },
      responses: {
        200: describeResponse(
          'The answer, as a stream if that was asked for.',
          {
            ...describeJson(['FimCompletion'], { completion: { value: fimCompletion } }),
            ...describeEvents(['FimChunk', 'OpenAiError'], ['[DONE]'], createFimStreams()),
          },
          [...completionHeaders, 'Cache-Control'],
        ),
        ...referToOpenAiErrors(),
      },
    },
  };
}

const model = { id: 'StarCoder', object: 'model', created: 0, owned_by: 'qianfan' };
/** What an authenticated request that asks no upstream can fail with. */
const modelErrors = [401, 403, 405, 429, 500, 503, 504];

/** The list of models of a version. */
export function createModelsPath(version: OpenAiVersion): object {
  const list = { list: { value: { object: 'list', data: [model] } } };
  return {
    get: {
      operationId: `listModels${nameVersion(version)}`,
      tags: ['OpenAI'],
      summary: 'Lists the models the caller may call.',
      security: [{ bearer: [] }],
      responses: {
        200: describeResponse('The models.', describeJson(['ModelList'], list)),
        ...referToOpenAiErrors(modelErrors),
      },
    },
  };
}

/** One model of a version. */
export function createModelPath(version: OpenAiVersion): object {
  const schema = { type: 'string' };
  return {
    parameters: [
      {
        name: 'model',
        in: 'path',
        required: true,
        description: 'The name of the model, which may have slashes.',
        schema,
      },
    ],
    get: {
      operationId: `getModel${nameVersion(version)}`,
      tags: ['OpenAI'],
      summary: 'Says whether the caller may call a model.',
      security: [{ bearer: [] }],
      responses: {
        200: describeResponse('The model.', describeJson(['Model'], { model: { value: model } })),
        ...referToOpenAiErrors([...modelErrors, 404]),
      },
    },
  };
}

function nameVersion(version: OpenAiVersion): string {
  return version === 'v1' ? '' : version.toUpperCase();
}
