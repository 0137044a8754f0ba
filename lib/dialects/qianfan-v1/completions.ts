// Completions in the V1 dialect: `POST …/wenxinworkshop/completions/{endpoint}`, as the official Qianfan SDKs call it.
import type { CompletionRequest } from '../../core/completion.ts';
import { GatewayError } from '../../core/errors.ts';
import { endpointPattern } from '../../core/models.ts';
import type { BackCodec, FrontCodec } from '../codec.ts';
import { createV1Reader } from './answer-reader.ts';
import { createV1StreamEncoder, encodeV1Completion } from './answer-writer.ts';
import { decodeV1Request, encodeV1Request } from './completions-request.ts';
import { qianfanV1Dialect } from './dialect.ts';
import { answerV1Error, createV1StatusError, decodeV1Error } from './error.ts';

const completionsPath = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions';

/** Towards callers. */
export const qianfanV1Completions: FrontCodec = {
  dialect: qianfanV1Dialect,
  paths: [`${completionsPath}/{endpoint}`],
  proof: 'access_token',
  slowsDownByTokenLimit: true,
  readModel: checkEndpoint,
  decode: (bodyText, endpoint) => {
    const { stream, parameters, ignored } = decodeV1Request(bodyText);
    return { model: endpoint, stream, texts: [parameters], ignored };
  },
  encodeWhole: (_asked, [completion]) => {
    if (completion === undefined) throw new GatewayError('internal_error', 'Nothing was asked for');
    return encodeV1Completion(completion);
  },
  createStreamEncoder: (_asked, requestId) => createV1StreamEncoder(requestId),
  encodeError: answerV1Error,
};

/** Towards Qianfan V1. */
export const qianfanV1CompletionsUpstream: BackCodec = {
  dialect: qianfanV1Dialect,
  path: ({ model }: CompletionRequest) => `${completionsPath}/${checkEndpoint(model.endpoint)}`,
  endpoint: ({ model }) => model.endpoint,
  encode: encodeV1Request,
  createReader: createV1Reader,
  readError: (status, value) => decodeV1Error(value) ?? createV1StatusError(status, value),
};

/** The endpoint becomes a path segment: nothing that could change the path's depth or add a query may stand there. */
function checkEndpoint(endpoint: string): string {
  if (endpointPattern.test(endpoint)) return endpoint;
  throw new GatewayError('api_name_not_found', 'API name not exist: it has only letters, digits, _ and -', {
    parameter: 'model',
  });
}
