// The upstreams of the functions that ask for completions.
import type { QianfanAuth, UpstreamConfig } from '../config.ts';
import type { UpstreamName } from '../config-variables.ts';
import type { Upstream } from '../completion.ts';
import { systemClock } from '../platform/clock.ts';
import { createFunctionInvoker } from '../platform/function-invoker.ts';
import type { SecretStore } from '../platform/secret-store.ts';
import { createAccessTokens } from '../token/access-tokens.ts';
import type { AccessTokens } from '../token/access-tokens.ts';
import { readIamKeys, readOpenAiKey } from '../token/credentials.ts';
import type { TokenKind } from '../token/refresh.ts';
import { createRefreshRequest } from '../token/refresh-request.ts';
import { createSecretTokenStore } from '../token/secret-token-store.ts';
import { withAccessToken } from '../upstream/access-token.ts';
import { withApiKey } from '../upstream/api-key.ts';
import { withBearerToken } from '../upstream/bearer-token.ts';
import { withFallback } from '../upstream/fallback.ts';
import { withIamSignature } from '../upstream/iam-signature.ts';
import { createOpenAi, openAiReader } from '../upstream/openai.ts';
import { withOwnCredentials } from '../upstream/own-credentials.ts';
import { createQianfanV1, qianfanV1Reader } from '../upstream/qianfan-v1.ts';
import { withRetry } from '../upstream/retry.ts';
import { createSend } from '../upstream/send.ts';
import type { Send } from '../upstream/send.ts';
import { withTokenLimit } from '../upstream/token-limit.ts';
import { createTransport } from '../upstream/transport.ts';
import type { Transport } from '../upstream/transport.ts';

const clock = systemClock;

/** Wires what is asked for completions: the upstreams of the settings, each with its credentials and retries. */
export function createUpstreams(config: UpstreamConfig, secrets: SecretStore): Upstream {
  const transport = createTransport();
  const create: Record<UpstreamName, () => Upstream> = {
    'qianfan-v1': () =>
      withTokenLimit(createQianfanV1(config.baseUrl, createQianfanV1Send(config, secrets, transport))),
    openai: () => createOpenAi(config.openai.baseUrl, createOpenAiSend(config, secrets, transport)),
  };
  return withFallback(config.upstreams.map((name) => ({ name, upstream: create[name]() })));
}

function createQianfanV1Send(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const { requestTimeoutMs, retryCount, backoffFactor, auth } = config;
  const send = createSend({ transport, reader: qianfanV1Reader, requestTimeoutMs });
  if (auth === undefined) throw new Error('Qianfan V1 is asked without a way to authenticate');
  return withRetry(withOwnCredentials(withQianfanAuth(send, auth, secrets)), { retryCount, backoffFactor, clock });
}

function createOpenAiSend(config: UpstreamConfig, secrets: SecretStore, transport: Transport): Send {
  const { requestTimeoutMs, retryCount, backoffFactor, openai } = config;
  const send = createSend({ transport, reader: openAiReader, requestTimeoutMs });
  return withRetry(withOpenAiAuth(send, openai, secrets), { retryCount, backoffFactor, clock });
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
  const requestRefresh = createRefreshRequest(createFunctionInvoker(), refreshFunction, kind);
  return createAccessTokens({ store, requestRefresh, clock });
}

function withQianfanAuth(send: Send, auth: QianfanAuth, secrets: SecretStore): Send {
  if (auth.kind === 'iam') {
    const readKeys = (signal: AbortSignal) => readIamKeys(secrets, auth.credentialsSecretId, signal);
    return withIamSignature(send, { readKeys, clock });
  }
  return withAccessToken(send, createTokens(secrets, auth.tokenSecretId, auth.refreshFunction, 'access_token'));
}
