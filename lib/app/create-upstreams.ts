// The upstreams of the functions that ask for completions.
import { withDiscretion } from '../upstream/discreet-upstream.ts';
import type { OpenAiConfig, QianfanAuth, QianfanV1Config, UpstreamConfig } from '../config/shape.ts';
import type { Upstream } from '../core/completion.ts';
import { systemClock } from '../core/clock.ts';
import { createFunctionInvoker } from '../aws/function-invoker.ts';
import type { Log } from '../core/log.ts';
import type { SecretStore } from '../core/secret-store.ts';
import { createTokenSource } from '../token/token-source.ts';
import type { TokenSource } from '../token/token-source.ts';
import { readIamKeys, readOpenAiKey } from '../token/credentials.ts';
import type { TokenKind } from '../token/refresh.ts';
import { createRefreshInvoker } from '../token/refresh-invoker.ts';
import { createSecretTokenStore } from '../token/secret-token-store.ts';
import { withAccessToken } from '../upstream/access-token.ts';
import { withApiKey } from '../upstream/api-key.ts';
import { withBearerToken } from '../upstream/bearer-token.ts';
import { withCircuit } from '../upstream/circuit.ts';
import type { CircuitState } from '../upstream/circuit.ts';
import { createCircuits } from '../upstream/circuits.ts';
import { withFallback } from '../upstream/fallback.ts';
import { withIamSignature } from '../upstream/iam-signature.ts';
import { createOpenAiUpstream, openAiReader } from '../upstream/openai.ts';
import { withMaskedRefusals } from '../upstream/masked-refusals.ts';
import { createQianfanV1Upstream, qianfanV1Reader } from '../upstream/qianfan-v1.ts';
import { withRescue } from '../upstream/rescue.ts';
import { withRetry } from '../upstream/retry.ts';
import { createRetryBudget } from '../upstream/retry-budget.ts';
import { createSend } from '../upstream/send.ts';
import type { Send, SendOptions } from '../upstream/send.ts';
import { withTokenLimit } from '../upstream/token-limit.ts';
import { createTransport } from '../http-client/transport.ts';

const clock = systemClock;

export interface Upstreams {
  readonly upstream: Upstream;
  /** The least good state among each upstream's circuits in this sandbox, by the upstream's name. */
  readonly readCircuits: () => Readonly<Record<string, CircuitState>>;
}

/** Wires what is asked for completions: the upstreams of the settings, each with its credentials, retries and circuits. */
export function createUpstreams(config: UpstreamConfig, secrets: SecretStore, log: Log): Upstreams {
  const { connectTimeoutMs, firstEventTimeoutMs, idleTimeoutMs } = config;
  const { retryCount, backoffFactor, retryBudget, circuitFailureThreshold: failureThreshold } = config;
  const sendOptions = {
    transport: createTransport({ connectTimeoutMs }),
    silence: { firstEventTimeoutMs, idleTimeoutMs },
  };
  const asked = config.upstreams.map((settings) => {
    const { name } = settings;
    const circuits = createCircuits({ upstream: name, failureThreshold, clock, log });
    const protect: Protect = (send) => {
      const retrying = withRetry(send, { retryCount, backoffFactor, budget: createRetryBudget(retryBudget), clock });
      return withCircuit(retrying, circuits.find);
    };
    const upstream =
      settings.name === 'openai'
        ? wireOpenAi(settings, secrets, sendOptions, protect)
        : wireQianfanV1(settings, secrets, sendOptions, protect);
    return { name, upstream, readState: circuits.readState };
  });
  return {
    upstream: withDiscretion(withRescue(withFallback(asked))),
    readCircuits: () => Object.fromEntries(asked.map(({ name, readState }) => [name, readState()])),
  };
}

/** Puts retries and circuits around what sends. */
type Protect = (send: Send) => Send;

function wireQianfanV1(
  { baseUrl, auth }: QianfanV1Config,
  secrets: SecretStore,
  options: Omit<SendOptions, 'reader'>,
  protect: Protect,
): Upstream {
  const send = withQianfanAuth(createSend({ ...options, reader: qianfanV1Reader }), auth, secrets);
  return withTokenLimit(createQianfanV1Upstream(baseUrl, protect(withMaskedRefusals(send))));
}

function wireOpenAi(
  settings: OpenAiConfig,
  secrets: SecretStore,
  options: Omit<SendOptions, 'reader'>,
  protect: Protect,
): Upstream {
  const send = withOpenAiAuth(createSend({ ...options, reader: openAiReader }), settings, secrets);
  return createOpenAiUpstream(settings.baseUrl, protect(send));
}

function withOpenAiAuth(send: Send, { keySecretId, bearer }: OpenAiConfig, secrets: SecretStore): Send {
  if (bearer !== undefined) {
    const { secretId, refreshFunction } = bearer;
    return withBearerToken(send, createTokens(secrets, secretId, refreshFunction, 'bearer_token'));
  }
  if (keySecretId === undefined) return send;
  return withApiKey(send, (signal) => readOpenAiKey(secrets, keySecretId, signal));
}

function createTokens(secrets: SecretStore, secretId: string, refreshFunction: string, kind: TokenKind): TokenSource {
  const store = createSecretTokenStore(secrets, secretId);
  const requestRefresh = createRefreshInvoker(createFunctionInvoker(), refreshFunction, kind);
  return createTokenSource({ store, requestRefresh, clock });
}

function withQianfanAuth(send: Send, auth: QianfanAuth, secrets: SecretStore): Send {
  if (auth.kind === 'iam') {
    const readKeys = (signal: AbortSignal) => readIamKeys(secrets, auth.credentialsSecretId, signal);
    return withIamSignature(send, { readKeys, clock });
  }
  return withAccessToken(send, createTokens(secrets, auth.tokenSecretId, auth.refreshFunction, 'access_token'));
}
