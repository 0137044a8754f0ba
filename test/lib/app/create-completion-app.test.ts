import { createCompletionApp } from '../../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { SecretStore } from '../../../lib/core/secret-store.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';

const authenticated = {
  access_token: { TOKEN_SECRET_ID: 'token', TOKEN_REFRESH_FUNCTION: 'token-refresh' },
  iam: { QIANFAN_AUTH: 'iam', CREDENTIALS_SECRET_ID: 'credentials' },
  openai: { UPSTREAM: 'openai', OPENAI_KEY_SECRET_ID: 'openai-key' },
  bearer: { UPSTREAM: 'openai', BEARER_SECRET_ID: 'bearer', TOKEN_REFRESH_FUNCTION: 'token-refresh' },
  none: { UPSTREAM: 'openai' },
};

/** Asks a new sandbox for a completion while Secrets Manager is silent; returns what it is asked for. */
async function listReads(variables: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const reads: string[] = [];
  const controller = new AbortController();
  const silent: SecretStore = {
    read: (secretId) => {
      reads.push(secretId);
      return new Promise(() => undefined);
    },
    write: () => Promise.reject(new Error('Nothing is written')),
  };
  const config = readCompletionConfig({ CLIENTS_SECRET_ID: 'clients', LOG_LEVEL: 'error', ...variables });
  const handle = createCompletionApp(config, silent);
  const headers = { authorization: 'Bearer canary', 'content-type': 'application/json' };
  const body = '{"model":"SQLCoder-7B","prompt":"SELECT"}';
  const request = { ...createHttpRequest({ method: 'POST', target: '/v1/completions', body }), headers };
  const answering = handle(request, { signal: controller.signal, deadlineMs: Date.now() + 60_000 });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new GatewayError('client_disconnected', 'The caller closed the connection'));
  await answering;
  return reads;
}

describe('createCompletionApp', () => {
  it.each([
    ['access_token', ['clients', 'token']],
    ['iam', ['clients', 'credentials']],
    ['openai', ['clients', 'openai-key']],
    ['bearer', ['clients', 'bearer']],
    ['none', ['clients']],
  ] as const)('asks at once for the secrets that the first request needs: %s', async (way, secretIds) => {
    expect(await listReads(authenticated[way])).toEqual(secretIds);
  });
});
