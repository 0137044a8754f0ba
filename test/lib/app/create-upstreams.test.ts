import type { ServerResponse } from 'node:http';
import { createUpstreams } from '../../../lib/app/create-upstreams.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import type { UpstreamName } from '../../../lib/config/shape.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import type { SecretStore } from '../../../lib/core/secret-store.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { ReceivedRequest, TestServer } from '../../servers/start-http-server.ts';

const secrets: SecretStore = {
  read: async () => ({
    value: { QIANFAN_ACCESS_KEY: 'access', QIANFAN_SECRET_KEY: 'secret', OPENAI_API_KEY: 'key' },
    version: '1',
  }),
  write: async () => {
    throw new Error('Nothing is to be written');
  },
};

let server: TestServer;

function respond({ url, body }: ReceivedRequest, response: ServerResponse): void {
  if (url.pathname.endsWith('/broken') || body.includes('"model":"broken"')) {
    response.writeHead(500).end('broken');
    return;
  }
  const choices = [{ text: 'text', finish_reason: 'stop' }];
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ id: '1', created: 1, result: 'text', choices }));
}

beforeEach(async () => {
  server = await startHttpServer(respond);
});

afterEach(() => server.close());

/** The upstreams that the server stands for, and how to ask them for a model. */
function createFixture(upstreams: string, settings: Readonly<Record<string, string>> = {}) {
  const { log, lines } = createLogRecorder();
  const config = readCompletionConfig({
    CLIENTS_SECRET_ID: 'clients',
    UPSTREAM: upstreams,
    QIANFAN_BASE_URL: server.url,
    QIANFAN_AUTH: 'iam',
    CREDENTIALS_SECRET_ID: 'iam',
    OPENAI_BASE_URL: `${server.url}/v2`,
    OPENAI_KEY_SECRET_ID: 'openai',
    QIANFAN_LLM_API_RETRY_COUNT: '0',
    ...settings,
  });
  const { upstream, readCircuits } = createUpstreams(config, secrets, log);
  const models = createModelCatalog({});
  const { signal } = new AbortController();
  const ask = async (model: string): Promise<string> => {
    const call = { requestId: 'r', signal, deadlineMs: Date.now() + 60_000 };
    const request = { model: models.resolve(model), prompt: 'prompt' };
    return upstream.complete(request, call).then(
      ({ text }) => text,
      (error: { code?: string }) => error.code ?? 'bug',
    );
  };
  const askTimes = async (model: string, count: number): Promise<void> => {
    for (let request = 0; request < count; request += 1) expect(await ask(model)).toBe('upstream_http_error');
  };
  return { ask, askTimes, readCircuits, lines };
}

describe.each<UpstreamName>(['qianfan-v1', 'openai'])('an endpoint of %s that is broken', (name) => {
  it('is left alone, and nothing else of that upstream is', async () => {
    const { ask, askTimes, readCircuits } = createFixture(name);
    expect(readCircuits()).toEqual({ [name]: 'closed' });
    await askTimes('broken', 5);
    expect(await ask('broken')).toBe('upstream_circuit_open');
    expect(server.requests).toHaveLength(5);
    expect([await ask('SQLCoder-7B'), await ask('sqlcoder_7b'), await ask('healthy')]).toEqual([
      'text',
      'text',
      'text',
    ]);
    // What another one answered has changed nothing for this one.
    expect(await ask('broken')).toBe('upstream_circuit_open');
    expect(readCircuits()).toEqual({ [name]: 'open' });
  });

  it('is counted by itself: what others answer between does not undo it', async () => {
    const { ask, readCircuits } = createFixture(name);
    for (let request = 0; request < 5; request += 1) {
      expect([await ask('broken'), await ask('healthy')]).toEqual(['upstream_http_error', 'text']);
    }
    expect(await ask('broken')).toBe('upstream_circuit_open');
    expect(Object.keys(readCircuits())).toEqual([name]);
  });

  it('is named in the log', async () => {
    const { askTimes, lines } = createFixture(name);
    await askTimes('broken', 5);
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'circuit opened',
        fields: expect.objectContaining({ upstream: name, endpoint: 'broken', failures: 5 }) as unknown,
      }),
    ]);
  });
});

describe('OPENAI_APPID', () => {
  it('is the header appid of what the OpenAI-compatible upstream is sent, and of nothing else', async () => {
    await createFixture('openai', { OPENAI_APPID: 'app-Ab12' }).ask('healthy');
    await createFixture('openai').ask('healthy');
    await createFixture('qianfan-v1', { OPENAI_APPID: 'app-Ab12' }).ask('healthy');
    expect(server.requests.map(({ headers }) => headers['appid'])).toEqual(['app-Ab12', undefined, undefined]);
  });
});
