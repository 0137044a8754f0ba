// The V1 dialect over HTTP: completions as the official Qianfan SDKs call them.
import type { CompletionChunk } from '../core/completion.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import { endpointPattern } from '../core/models.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';
import { encodeV1Error } from '../dialects/qianfan-v1/error.ts';
import { decodeV1Request } from '../dialects/qianfan-v1/completions-request.ts';
import {
  createV1StreamEncoder,
  encodeV1Completion,
  encodeV1StreamError,
} from '../dialects/qianfan-v1/completions-response.ts';
import { readBodyText } from './body-text.ts';
import { streamHeaders } from './completion-route.ts';
import type { CompletionRouteOptions } from './completion-route.ts';
import { jsonHeaders, retryAfterHeader } from './json-response.ts';
import { checkModelAllowed } from '../access/model-access.ts';
import type { Route, RouteCall } from './router.ts';
import { createUpstreamCall, noteModel, userOf } from './upstream-call.ts';

const completionsPattern = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/{endpoint}';

/** Creates the completion route of the V1 pages. */
export function createCompletionRoute(options: CompletionRouteOptions): Route {
  const { authenticator, models, upstream, guard, maxBodyBytes, clock } = options;

  return {
    pattern: completionsPattern,
    dialect: 'qianfan-v1',
    isForBrowsers: true,
    methods: ['POST'],
    encodeError: encodeV1ErrorResponse,
    handle: async (request, call, endpoint) => {
      const client = await authenticator.authenticateCall(request, call.signal);
      call.record.clientId = client.id;
      const model = resolveEndpoint(endpoint, models);
      noteModel(call.record, model);
      const { stream, parameters } = decodeV1Request(readBodyText(request, maxBodyBytes));
      call.record.stream = stream;
      checkModelAllowed(client, model, models);
      const completionRequest = { model, ...parameters, ...userOf(client) };
      const upstreamCall = createUpstreamCall(request, call, options.streamRescue?.(model));
      return guard(request, { ...call, client }, async () => {
        if (stream) {
          const chunks = await upstream.stream(completionRequest, upstreamCall);
          call.record.firstEventAtMs = clock.now();
          return { status: 200, headers: streamHeaders, body: encodeFrames(chunks, request.requestId, call) };
        }
        const completion = await upstream.complete(completionRequest, upstreamCall);
        call.record.usage = completion.usage;
        return { status: 200, headers: jsonHeaders, body: encodeV1Completion(completion) };
      });
    },
  };
}

/** V1 reports errors with status 200, on stream requests too: the only form that all four SDKs read. */
export function encodeV1ErrorResponse(error: unknown, request: HttpRequest): HttpResponse {
  const gatewayError = toGatewayError(error);
  const headers = { ...jsonHeaders, ...retryAfterHeader(gatewayError) };
  return { status: 200, headers, body: encodeV1Error(gatewayError, request.requestId) };
}

/** The endpoint becomes a path segment upstream: nothing else may be able to stand there. */
function resolveEndpoint(endpoint: string, models: ModelCatalog): ServedModel {
  if (endpointPattern.test(endpoint)) return models.resolve(endpoint);
  throw new GatewayError('api_name_not_found', 'API name not exist: it has only letters, digits, _ and -');
}

/** After the first frame a failure can only be told in the stream; it ends cleanly all the same. */
async function* encodeFrames(
  chunks: AsyncIterable<CompletionChunk>,
  requestId: string,
  { record, progress, signal }: RouteCall,
): AsyncGenerator<string> {
  const encoder = createV1StreamEncoder();
  try {
    for await (const chunk of chunks) {
      record.usage = chunk.usage ?? record.usage;
      progress.isLastPiece = chunk.isEnd;
      yield encoder.encode(chunk);
    }
  } catch (error) {
    record.error = toGatewayError(error);
    yield encodeV1StreamError(record.error, requestId);
  } finally {
    if (signal.aborted) record.error ??= toGatewayError(signal.reason);
  }
}
