// The upstreams of the functions that ask for completions.
import { withDiscretion } from '../upstream/discreet-upstream.ts';
import type { QianfanAuth, UpstreamConfig } from '../config-shape.ts';
import type { UpstreamName } from '../config-shape.ts';
import type { Upstream } from '../completion.ts';
import { systemClock } from '../platform/clock.ts';
import { createFunctionInvoker } from '../platform/function-invoker.ts';
import type { Log } from '../platform/logger.ts';
import type { SecretStore } from '../platform/secret-store.ts';
import { createAccessTokens } from '../token/access-tokens.ts';
import type { AccessTokens } from '../token/access-tokens.ts';
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
import { createOpenAi, openAiReader } from '../upstream/openai.ts';
import { withMaskedRefusals } from '../upstream/masked-refusals.ts';
import { createQianfanV1, qianfanV1Reader } from '../upstream/qianfan-v1.ts';
import { withRescue } from '../upstream/rescue.ts';
import { withRetry } from '../upstream/retry.ts';
import { createRetryBudget } from '../upstream/retry-budget.ts';
import { createSend } from '../upstream/send.ts';
import type { Send } from '../upstream/send.ts';
import { withTokenLimit } from '../upstream/token-limit.ts';
import { createTransport } from '../http-client/transport.ts';
import type { Transport } from '../http-client/transport.ts';

const clock = systemClock;

export interface Upstreams {
  readonly upstream: Upstream;
  /** The least good state among each upstream's circuits in this sandbox, by the upstream's name. */
  readonly readCircuits: () => Readonly<Record<string, CircuitState>>;
}

/** Wires what is asked for completions: the upstreams of the settings, each with its credentials, retries and circuits. */
export function createUpstreams(config: UpstreamConfig, secrets: SecretStore, log: Log): Upstreams {
  const transport = createTransport(config);
  const circuits = new Map(
    config.upstreams.map((name) => [
      name,
      createCircuits({ upstream: name, failureCount: config.circuitFailures, clock, log }),
    ]),
  );
  const protect = (name: UpstreamName, send: Send): Send => {
    const { retryCount, backoffFactor, retryBudget } = config;
    const retrying = withRetry(send, { retryCount, backoffFactor, budget: createRetryBudget(retryBudget), clock });
    const ofUpstream = circuits.get(name);
    return ofUpstream === undefined ? retrying : withCircuit(retrying, ofUpstream.find);
  };
  const create: Record<UpstreamName, () => Upstream> = {
    'qianfan-v1': () =>
      withTokenLimit(
        createQianfanV1(config.baseUrl, protect('qianfan-v1', createQianfanV1Send(config, secrets, transport))),
      ),
    openai: () => createOpenAi(config.openai.baseUrl, protect('openai', createOpenAiSend(config, secrets, transport))),
  };
  const asked = withFallback(config.upstreams.map((name) => ({ name, upstream: create[name]() })));
  return {
    upstream: withDiscretion(withRescue(asked)),
    readCircuits: () => Object.fromEntries([...circuits].map(([name, { readState }]) => [name, readState()])),
  };
}

function createQianfanV1Send(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const send = createSend({ transport, reader: qianfanV1Reader, silence: config });
  if (config.auth === undefined) throw new Error('Qianfan V1 is asked without a way to authenticate');
  return withMaskedRefusals(withQianfanAuth(send, config.auth, secrets));
}

function createOpenAiSend(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const send = createSend({ transport, reader: openAiReader, silence: config });
  return withOpenAiAuth(send, config.openai, secrets);
}

function withOpenAiAuth(send: Send, { keySecretId, bearer }: UpstreamConfig['openai'], secrets: SecretStore): Send {
  if (bearer !== undefined) {
    const { secretId, refreshFunction } = bearer;
    return withBearerToken(send, createTokens(secrets, secretId, refreshFunction, 'bearer_token'));
  }
  if (keySecretId === undefined) return send;
  return withApiKey(send, (signal) => readOpenAiKey(secrets, keySecretId, signal));
}

function createTokens(secrets: SecretStore, secretId: string, refreshFunction: string, kind: TokenKind): AccessTokens {
  const store = createSecretTokenStore(secrets, secretId);
  const requestRefresh = createRefreshInvoker(createFunctionInvoker(), refreshFunction, kind);
  return createAccessTokens({ store, requestRefresh, clock });
}

function withQianfanAuth(send: Send, auth: QianfanAuth, secrets: SecretStore): Send {
  if (auth.kind === 'iam') {
    const readKeys = (signal: AbortSignal) => readIamKeys(secrets, auth.credentialsSecretId, signal);
    return withIamSignature(send, { readKeys, clock });
  }
  return withAccessToken(send, createTokens(secrets, auth.tokenSecretId, auth.refreshFunction, 'access_token'));
}
