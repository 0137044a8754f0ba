// A gateway with both dialects behind the limits per client, in front of an upstream that counts.
import type { Upstream } from '../../../lib/core/completion.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createClientLimits } from '../../../lib/guards/client-limits.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { openAiCompletions } from '../../../lib/dialects/openai/completions.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { qianfanV1Completions } from '../../../lib/dialects/qianfan-v1/completions.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import type { ClientLimits } from '../../../lib/core/limits.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { Clock } from '../../../lib/core/clock.ts';
import type { StateTable } from '../../../lib/core/state-table.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogRecorder } from '../../doubles/create-log-recorder.ts';
import type { Dialect } from './create-idempotent-gateway.ts';

export interface LimitedAsk {
  readonly dialect: Dialect;
  readonly client: Client;
  readonly stream?: boolean;
}

export interface LimitedGateway extends LogRecorder {
  /** The answer with a body that is yet to be read. */
  readonly ask: (ask: LimitedAsk) => Promise<HttpResponse>;
}

export interface LimitedGatewayOptions {
  readonly upstream: Upstream;
  readonly table: StateTable | undefined;
  readonly clock: Clock;
  readonly clients: readonly Client[];
  readonly defaults?: Partial<ClientLimits>;
}

export function createLimitedGateway(options: LimitedGatewayOptions): LimitedGateway {
  const { upstream, table, clock, clients, defaults = {} } = options;
  const recorder = createLogRecorder();
  const { log } = recorder;
  const cors = createCors([]);
  const list = createClientList(...clients);
  const routeOptions = {
    authenticator: createAuthenticator({ clients: list, cors, anonymousClientId: undefined, clock }),
    models: createModelCatalog({ StarCoder: 'lbwxxxd4_starcoder' }),
    upstream,
    guards: [
      createClientLimits({
        table,
        clock,
        log,
        defaults: { requestsPerMinute: undefined, tokensPerDay: undefined, ...defaults },
      }),
    ],
    maxBodyBytes: 10_000,
    clock,
  };
  const routes = [
    ...createCompletionRoutes(qianfanV1Completions, routeOptions),
    ...createCompletionRoutes(openAiCompletions, routeOptions),
  ];
  const gateway = withCheckedResponses(createGateway({ cors, routes, fallback: fallbackRoute, clock, log }));
  return {
    ...recorder,
    ask: ({ dialect, client, stream = false }) => {
      const isV1 = dialect === 'V1';
      const path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/lbwxxxd4_starcoder';
      const target = isV1 ? `${path}?access_token=${issueAccessToken(client, clock.now())}` : '/v1/completions';
      const body = JSON.stringify({ ...(isV1 ? {} : { model: 'StarCoder' }), prompt: 'p', stream });
      const request = {
        ...createHttpRequest({ method: 'POST', target, body }),
        headers: isV1 ? {} : { authorization: `Bearer ${client.secret}` },
      };
      return gateway(request, { signal: new AbortController().signal, deadlineMs: clock.now() + 60_000 });
    },
  };
}
