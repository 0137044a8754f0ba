// The upstreams of the functions that ask for completions.
import { systemClock } from '../core/clock.ts';
import type { Upstream } from '../core/completion.ts';
import type { Log } from '../core/log.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createFunctionInvoker } from '../aws/function-invoker.ts';
import type { OpenAiConfig, QianfanAuth, QianfanV1Config, UpstreamConfig } from '../config/shape.ts';
import { createOpenAiChatUpstream } from '../dialects/openai/chat.ts';
import { createOpenAiCompletionsUpstream } from '../dialects/openai/completions.ts';
import { qianfanV1CompletionsUpstream } from '../dialects/qianfan-v1/completions.ts';
import { createTransport } from '../http-client/transport.ts';
import { createTokenSource } from '../token/token-source.ts';
import type { TokenSource } from '../token/token-source.ts';
import { readIamKeys, readOpenAiKey } from '../token/stored-keys.ts';
import type { TokenKind } from '../token/refresh.ts';
import { createRefreshInvoker } from '../token/refresh-invoker.ts';
import { createSecretTokenStore } from '../token/secret-token-store.ts';
import { askInOrder } from '../upstream/ask-in-order.ts';
import type { CircuitState } from '../upstream/circuit-machine.ts';
import { createCircuits } from '../upstream/circuits.ts';
import { createAccessTokenCredentials, createBearerTokenCredentials } from '../upstream/credentials/access-token.ts';
import { createBearerKeyCredentials } from '../upstream/credentials/bearer-key.ts';
import { noCredentials } from '../upstream/credentials/credentials.ts';
import type { Credentials } from '../upstream/credentials/credentials.ts';
import { createIamCredentials } from '../upstream/credentials/iam-signature.ts';
import { createUpstream } from '../upstream/exchange.ts';
import type { ExchangeOptions } from '../upstream/exchange.ts';
import { withRescue } from '../upstream/rescue/rescue.ts';
import { createRetryBudget } from '../upstream/retry-budget.ts';

const clock = systemClock;

export interface Upstreams {
  readonly upstream: Upstream;
  /** The least good state among each upstream's circuits in this sandbox, by the upstream's name. */
  readonly readCircuits: () => Readonly<Record<string, CircuitState>>;
}

/** Wires what is asked for completions: the upstreams of the settings, each with its credentials, retries and circuits. */
export function createUpstreams(config: UpstreamConfig, secrets: SecretStore, log: Log): Upstreams {
  const { connectTimeoutMs, firstEventTimeoutMs, idleTimeoutMs, textTimeoutMs } = config;
  const { retryCount, backoffFactor, circuitFailureThreshold: failureThreshold } = config;
  const common = {
    transport: createTransport({ connectTimeoutMs }),
    silence: { firstEventTimeoutMs, idleTimeoutMs, textTimeoutMs },
    clock,
  };
  const asked = config.upstreams.map((settings) => {
    const { name, baseUrl } = settings;
    const circuits = createCircuits({ upstream: name, failureThreshold, clock, log });
    const retries = { retryCount, backoffFactor, budget: createRetryBudget(config.retryBudget), clock };
    const own = settings.name === 'openai' ? describeOpenAi(settings, secrets) : describeQianfanV1(settings, secrets);
    return { name, upstream: createUpstream({ ...common, ...own, baseUrl, circuits, retries }), circuits };
  });
  return {
    upstream: withRescue(askInOrder(asked), clock),
    readCircuits: () => Object.fromEntries(asked.map(({ name, circuits }) => [name, circuits.readState()])),
  };
}

/** What an upstream speaks, and how the gateway proves itself to it. */
type Own = Pick<ExchangeOptions, 'chooseCodec' | 'credentials' | 'abilities' | 'headers'>;

/** What the pages of Qianfan allow in `stop`, in V1 and V2. */
const qianfanStops = { stopItems: 4, stopCharacters: 20 };
const qianfanV2Host = 'qianfan.baidubce.com';

function describeQianfanV1({ auth }: QianfanV1Config, secrets: SecretStore): Own {
  return {
    chooseCodec: () => qianfanV1CompletionsUpstream,
    credentials: createQianfanCredentials(auth, secrets),
    abilities: { suffix: false, ...qianfanStops },
  };
}

function describeOpenAi(settings: OpenAiConfig, secrets: SecretStore): Own {
  const completions = createOpenAiCompletionsUpstream(settings.penaltyName);
  const chat = createOpenAiChatUpstream(settings.penaltyName);
  return {
    chooseCodec: ({ model }) => (model.isChat ? chat : completions),
    credentials: createOpenAiCredentials(settings, secrets),
    headers: settings.appId === undefined ? undefined : { appid: settings.appId },
    abilities: {
      suffix: true,
      stopCharacters: Infinity,
      ...(new URL(settings.baseUrl).host === qianfanV2Host ? qianfanStops : { stopItems: settings.stopItems }),
    },
  };
}

function createQianfanCredentials(auth: QianfanAuth, secrets: SecretStore): Credentials {
  if (auth.kind === 'iam') {
    return createIamCredentials((signal) => readIamKeys(secrets, auth.credentialsSecretId, signal), clock);
  }
  return createAccessTokenCredentials(createTokens(secrets, auth.tokenSecretId, auth.refreshFunction, 'access_token'));
}

function createOpenAiCredentials({ keySecretId, bearer }: OpenAiConfig, secrets: SecretStore): Credentials {
  if (bearer !== undefined) {
    const { secretId, refreshFunction } = bearer;
    return createBearerTokenCredentials(createTokens(secrets, secretId, refreshFunction, 'bearer_token'));
  }
  if (keySecretId === undefined) return noCredentials;
  return createBearerKeyCredentials((signal) => readOpenAiKey(secrets, keySecretId, signal));
}

function createTokens(secrets: SecretStore, secretId: string, refreshFunction: string, kind: TokenKind): TokenSource {
  const store = createSecretTokenStore(secrets, secretId);
  const requestRefresh = createRefreshInvoker(createFunctionInvoker(), refreshFunction, kind);
  return createTokenSource({ store, requestRefresh, clock });
}
