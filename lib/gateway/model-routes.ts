// The models that a caller may use, as OpenAI lists them, under /v1 and, as at Qianfan V2, under /v2.
import type { Authenticator } from '../access/authenticate.ts';
import { isModelAllowed, listAllowed } from '../access/model-access.ts';
import type { Caller } from '../core/caller.ts';
import { GatewayError } from '../core/errors.ts';
import type { HttpResponse } from '../core/http.ts';
import type { ModelCatalog, ServedModel } from '../core/models.ts';
import type { FrontCodec } from '../dialects/codec.ts';
import { encodeErrorWith } from './error-response.ts';
import { createJsonResponse } from '../core/json-response.ts';
import type { Route } from './router.ts';

export interface ModelRoutesOptions {
  readonly authenticator: Authenticator;
  readonly models: ModelCatalog;
  /** The dialect that errors are answered in. */
  readonly codec: Pick<FrontCodec, 'dialect' | 'encodeError'>;
}

const versions = ['/v1', '/v2'] as const;

/** Creates the routes of both versions. */
export function createModelRoutes(options: ModelRoutesOptions): readonly Route[] {
  const { models } = options;
  return versions.flatMap((version) => [
    createRoute(`${version}/models`, options, (client) =>
      createJsonResponse(200, { object: 'list', data: listAllowed(client, models).map(describeModel) }),
    ),
    {
      ...createRoute(`${version}/models/{model}`, options, (client, name) => {
        const model = models.resolve(name);
        // A name in the client's own list may be an endpoint that is not configured.
        const isNamed = model.isKnown || client.models !== undefined;
        if (isNamed && isModelAllowed(client, model, models)) return createJsonResponse(200, describeModel(model));
        throw new GatewayError('api_name_not_found', 'There is no such model', { parameter: 'model' });
      }),
      takesRest: true,
    },
  ]);
}

function createRoute(
  pattern: string,
  { authenticator, codec }: ModelRoutesOptions,
  answer: (client: Caller, parameter: string) => HttpResponse,
): Route {
  return {
    pattern,
    dialect: codec.dialect,
    isForBrowsers: true,
    methods: ['GET'],
    encodeError: encodeErrorWith(codec),
    handle: async (request, call, parameter) => {
      const client = await authenticator.authenticateBearer(request, call.signal);
      call.record.clientId = client.id;
      return answer(client, parameter);
    },
  };
}

/** Nobody says when a model was made, which is what `created` means: it is 0. */
function describeModel({ name }: ServedModel): object {
  return { id: name, object: 'model', created: 0, owned_by: 'qianfan' };
}
