import { startCompletionApp } from '../../../lib/app/start-completion-app.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { HttpHandler } from '../../../lib/core/http.ts';
import type { SecretStore } from '../../../lib/core/secret-store.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';

const authenticated = {
  access_token: { TOKEN_SECRET_ID: 'token', TOKEN_REFRESH_FUNCTION: 'token-refresh' },
  iam: { QIANFAN_AUTH: 'iam', CREDENTIALS_SECRET_ID: 'credentials' },
  openai: { UPSTREAM: 'openai', OPENAI_KEY_SECRET_ID: 'openai-key' },
  bearer: { UPSTREAM: 'openai', BEARER_SECRET_ID: 'bearer', TOKEN_REFRESH_FUNCTION: 'token-refresh' },
  none: { UPSTREAM: 'openai' },
};
/** What the first request needs: for its caller, and for the upstream that is asked first. */
const needed = [
  ['access_token', ['clients', 'token']],
  ['iam', ['clients', 'credentials']],
  ['openai', ['clients', 'openai-key']],
  ['bearer', ['clients', 'bearer']],
  ['none', ['clients']],
] as const;

/** Starts the function on a store that answers as it is told to. */
async function start(
  variables: Readonly<Record<string, string>>,
  answer: SecretStore['read'],
): Promise<{ readonly handle: HttpHandler; readonly reads: string[] }> {
  const reads: string[] = [];
  const store: SecretStore = {
    read: (secretId, signal) => {
      reads.push(secretId);
      return answer(secretId, signal);
    },
    write: () => Promise.reject(new Error('Nothing is written')),
  };
  const config = readCompletionConfig({ CLIENTS_SECRET_ID: 'clients', LOG_LEVEL: 'error', ...variables });
  return { handle: await startCompletionApp(config, store), reads };
}

/** Asks for a completion, until it waits for its secrets. */
async function askInVain(handle: HttpHandler): Promise<void> {
  const controller = new AbortController();
  const headers = { authorization: 'Bearer canary', 'content-type': 'application/json' };
  const body = '{"model":"SQLCoder-7B","prompt":"SELECT"}';
  const request = { ...createHttpRequest({ method: 'POST', target: '/v1/completions', body }), headers };
  const answering = handle(request, { signal: controller.signal, deadlineMs: Date.now() + 60_000 });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new GatewayError('client_disconnected', 'The caller closed the connection'));
  await answering;
}

describe('startCompletionApp', () => {
  it.each(needed)('reads the secrets that the first request needs: %s', async (way, secretIds) => {
    const { reads } = await start(authenticated[way], async () => ({ value: [], version: '1' }));
    expect(reads).toEqual(secretIds);
  });

  it('has the first request go on with what was read', async () => {
    const { handle, reads } = await start(authenticated.access_token, async () => ({ value: [], version: '1' }));
    await askInVain(handle);
    expect(reads).toEqual(['clients', 'token']);
  });

  it.each(needed)(
    'has the first request ask for them at once when they could not be read: %s',
    async (way, secretIds) => {
      let isStarted = false;
      const { handle, reads } = await start(authenticated[way], async () => {
        // Silence lasts until the request is given up.
        if (isStarted) return new Promise(() => undefined);
        throw new Error('denied');
      });
      isStarted = true;
      reads.splice(0);
      await askInVain(handle);
      expect(reads).toEqual(secretIds);
    },
  );
});
