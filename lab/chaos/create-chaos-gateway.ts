// The gateway of one case, wired as on AWS, but with its secrets in memory.
import { createCompletionApp } from '../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../lib/config/read-config.ts';
import type { UpstreamName } from '../../lib/config/shape.ts';
import type { HttpHandler, HttpRequest } from '../../lib/core/http.ts';
import type { SecretStore } from '../../lib/core/secret-store.ts';
import { client, clientToken, credentials, prompt } from './canaries.ts';
import type { ChaosCase } from './chaos-case.ts';

const endpoint = 'chaos_endpoint';
const modelName = 'StarCoder';

/** How long the upstream may be silent, in seconds: so that silence is short, and haste is no fault. */
const patienceSeconds = { short: '0.2', long: '20' } as const;

const secretValues: Readonly<Record<string, unknown>> = {
  clients: [client],
  token: { access_token: credentials.upstreamToken, expires_at: 4_102_444_800 },
  iam: { QIANFAN_ACCESS_KEY: credentials.iamAccessKey, QIANFAN_SECRET_KEY: credentials.iamSecretKey },
  openai: { OPENAI_API_KEY: credentials.openAiKey },
};

const secrets: SecretStore = {
  read: async (secretId) => ({ value: secretValues[secretId], version: '1' }),
  write: async () => {
    throw new Error('No case refreshes a token');
  },
};

/**
 * Wires a gateway of its own for a case: the connections, retries and circuits of one case must not
 * affect the next.
 */
export function createChaosGateway(
  { upstreams, auth = 'access_token', isChat, retryCount = 0, patience }: ChaosCase,
  baseUrls: Readonly<Partial<Record<UpstreamName, string>>>,
): HttpHandler {
  const silence = patienceSeconds[patience];
  const config = readCompletionConfig({
    CLIENTS_SECRET_ID: 'clients',
    UPSTREAM: upstreams.join(','),
    QIANFAN_BASE_URL: baseUrls['qianfan-v1'],
    QIANFAN_AUTH: auth,
    TOKEN_SECRET_ID: 'token',
    TOKEN_REFRESH_FUNCTION: 'none',
    CREDENTIALS_SECRET_ID: 'iam',
    OPENAI_BASE_URL: baseUrls.openai,
    OPENAI_KEY_SECRET_ID: 'openai',
    MODELS: JSON.stringify({ [modelName]: { 'qianfan-v1': endpoint, openai: 'starcoder', chat: isChat } }),
    QIANFAN_LLM_API_RETRY_COUNT: String(retryCount),
    QIANFAN_LLM_API_RETRY_BACKOFF_FACTOR: '0',
    QIANFAN_LLM_API_RETRY_TIMEOUT: silence,
    UPSTREAM_CONNECT_TIMEOUT: silence,
    UPSTREAM_FIRST_EVENT_TIMEOUT: silence,
    UPSTREAM_IDLE_TIMEOUT: silence,
    UPSTREAM_TEXT_TIMEOUT: silence,
    LOG_LEVEL: 'debug',
  });
  return createCompletionApp(config, secrets);
}

/** The request of a case, in the dialect of its caller. */
export function createChaosRequest({ dialect, isStream }: ChaosCase, requestId: string): HttpRequest {
  if (dialect === 'openai') {
    const streaming = isStream ? { stream: true, stream_options: { include_usage: true } } : {};
    return {
      method: 'POST',
      path: '/v1/completions',
      query: [],
      headers: { authorization: `Bearer ${credentials.clientSecret}`, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ model: modelName, prompt, ...streaming })),
      requestId,
    };
  }
  return {
    method: 'POST',
    path: `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/${endpoint}`,
    query: [['access_token', clientToken]],
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ prompt, stream: isStream })),
    requestId,
  };
}
