// The OpenAI dialect over HTTP: completions and models, under /v1 and, as at Qianfan V2, under /v2.
import type { Usage } from '../core/completion.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import type { ServedModel } from '../core/models.ts';
import { openAiDone } from '../dialects/openai/completions-answer.ts';
import { encodeOpenAiError } from '../dialects/openai/error.ts';
import { decodeOpenAiRequest } from '../dialects/openai/completions-request.ts';
import { encodeSseData } from '../dialects/sse.ts';
import { answerStream, answerWhole, expandRequests } from '../dialects/openai/answer.ts';
import { readBodyText } from './body-text.ts';
import { streamHeaders } from './completion-route.ts';
import type { CompletionRouteOptions } from './completion-route.ts';
import type { GuardedCall } from '../guards/guard.ts';
import { createJsonResponse, jsonHeaders, retryAfterHeader } from './json-response.ts';
import { checkModelAllowed, isModelAllowed, listAllowed } from '../access/model-access.ts';
import type { Route, RouteCall } from './router.ts';
import { createUpstreamCall, noteModel, userOf } from './upstream-call.ts';

const versions = ['/v1', '/v2'] as const;

/** Creates the routes of both versions. */
export function createOpenAiRoutes(options: CompletionRouteOptions): Route[] {
  return versions.flatMap((version) => [
    createRoute(`${version}/completions`, 'POST', options, (request, call) => complete(request, call, options)),
    createRoute(`${version}/models`, 'GET', options, async (_request, { client }) =>
      createJsonResponse(200, { object: 'list', data: listAllowed(client, options.models).map(describeModel) }),
    ),
    {
      ...createRoute(`${version}/models/{model}`, 'GET', options, async (_request, { client }, name) => {
        const model = options.models.resolve(name);
        // A name that the client's record has may be an endpoint nobody configured.
        const isNamed = model.isKnown || client.models !== undefined;
        if (isNamed && isModelAllowed(client, model, options.models))
          return createJsonResponse(200, describeModel(model));
        throw new GatewayError('api_name_not_found', 'There is no such model', { parameter: 'model' });
      }),
      takesRest: true,
    },
  ]);
}

function createRoute(
  pattern: string,
  method: 'GET' | 'POST',
  { authenticator }: CompletionRouteOptions,
  handle: (request: HttpRequest, call: GuardedCall, parameter: string) => Promise<HttpResponse>,
): Route {
  return {
    pattern,
    dialect: 'openai',
    isForBrowsers: true,
    methods: [method],
    encodeError: encodeErrorResponse,
    handle: async (request, call, parameter) => {
      const client = await authenticator.authenticateBearer(request, call.signal);
      call.record.clientId = client.id;
      return handle(request, { ...call, client }, parameter);
    },
  };
}

async function complete(
  request: HttpRequest,
  call: GuardedCall,
  { models, upstream, guard, streamRescue, maxBodyBytes, clock }: CompletionRouteOptions,
): Promise<HttpResponse> {
  const { record, client } = call;
  const asked = decodeOpenAiRequest(readBodyText(request, maxBodyBytes));
  const model = models.resolve(asked.model);
  record.stream = asked.stream;
  noteModel(record, model);
  checkModelAllowed(client, model, models);
  const task = {
    asked,
    requests: expandRequests({ ...asked, parameters: { ...asked.parameters, ...userOf(client) } }, model),
    upstream,
    call: createUpstreamCall(request, call, streamRescue?.(model)),
    onUsage: (usage: Usage) => (record.usage = usage),
  };
  return guard(request, call, async () => {
    if (!asked.stream) return { status: 200, headers: jsonHeaders, body: await answerWhole(task) };
    const chunks = await answerStream(task);
    record.firstEventAtMs = clock.now();
    return { status: 200, headers: streamHeaders, body: endWithErrors(chunks, call) };
  });
}

/** After the first event a failure is an event on which the OpenAI clients raise; no `[DONE]` follows it. */
async function* endWithErrors(
  chunks: AsyncIterable<string>,
  { record, progress, signal }: RouteCall,
): AsyncGenerator<string> {
  try {
    for await (const chunk of chunks) {
      if (chunk === openAiDone) progress.isLastPiece = true;
      yield chunk;
    }
  } catch (error) {
    record.error = toGatewayError(error);
    yield encodeSseData(encodeOpenAiError(record.error));
  } finally {
    if (signal.aborted) record.error ??= toGatewayError(signal.reason);
  }
}

/** Nobody says when a model was made, which is what `created` means: it is 0. */
function describeModel({ name }: ServedModel): object {
  return { id: name, object: 'model', created: 0, owned_by: 'qianfan' };
}

function encodeErrorResponse(thrown: unknown): HttpResponse {
  const error = toGatewayError(thrown);
  const retryAfterSeconds = error.retryAfterSeconds ?? (error.retryable ? 1 : undefined);
  const headers = { ...jsonHeaders, ...retryAfterHeader({ retryAfterSeconds }) };
  return { status: error.status, headers, body: encodeOpenAiError(error) };
}
