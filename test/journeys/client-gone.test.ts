import { once } from 'node:events';
import http from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startLocalRun } from '../servers/start-local-run.ts';
import type { LocalRun } from '../servers/start-local-run.ts';
import { createV1Client } from '../servers/v1-client.ts';

/** What the issue allows, besides what an answer takes on this machine at that moment. */
const allowedMs = 1_000;

interface Upstream {
  readonly url: string;
  /** The requests begun so far. */
  readonly begun: () => number;
  /** Those whose connection is still open. */
  readonly open: () => number;
  /** Resolves when the next request has come, and what `progress` asks for has been sent. */
  nextRequest(): Promise<void>;
  /** Resolves when no request is open any more. */
  allGone(): Promise<void>;
  close(): Promise<void>;
}

/** An upstream that begins to answer and then says nothing more. */
async function startSilentUpstream(begin: (response: ServerResponse) => void): Promise<Upstream> {
  const open = new Set<ServerResponse>();
  let begun = 0;
  let onChange = Promise.withResolvers<void>();
  const change = (): void => {
    onChange.resolve();
    onChange = Promise.withResolvers();
  };
  const server = http.createServer((request, response) => {
    open.add(response);
    response.on('close', () => {
      open.delete(response);
      change();
    });
    request.resume().on('end', () => {
      begun += 1;
      begin(response);
      change();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await onChange.promise;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begun: () => begun,
    open: () => open.size,
    nextRequest: () => {
      const before = begun;
      return until(() => begun > before);
    },
    allGone: () => until(() => open.size === 0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How far the upstream gets before it falls silent. */
let progress: 'nothing' | 'half an answer' = 'nothing';
let isStream = false;

const head = { id: 'as-1', object: 'completion', created: 1, is_safe: 1 };
const v1Frame = `data: ${JSON.stringify({ ...head, sentence_id: 0, is_end: false, result: 'a' })}\n\n`;
const openAiFrame = `data: ${JSON.stringify({ id: 'c', created: 1, choices: [{ index: 0, text: 'a', finish_reason: null }] })}\n\n`;

const kinds = [
  {
    upstreamName: 'Qianfan V1',
    frame: v1Frame,
    environment: (url: string) => ({
      QIANFAN_BASE_URL: url,
      QIANFAN_AUTH: 'iam',
      QIANFAN_ACCESS_KEY: 'access',
      QIANFAN_SECRET_KEY: 'secret',
    }),
  },
  {
    upstreamName: 'an OpenAI-compatible server',
    frame: openAiFrame,
    environment: (url: string) => ({ UPSTREAM: 'openai', OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'key' }),
  },
];

describe.each(kinds)('in front of $upstreamName', ({ frame, environment }) => {
  let upstream: Upstream;
  let local: LocalRun;
  let accessToken: string;

  beforeAll(async () => {
    upstream = await startSilentUpstream((response) => {
      if (progress === 'nothing') return;
      response.writeHead(200, { 'Content-Type': isStream ? 'text/event-stream' : 'application/json' });
      response.write(isStream ? frame : '{"id":"as-1","result":"ha');
    });
    local = await startLocalRun(environment(upstream.url));
    ({ accessToken } = await createV1Client(local.url));
  });

  afterAll(async () => {
    await local.stop();
    await upstream.close();
  });

  /** How long an answer takes that needs no upstream. */
  const timeHealth = async (): Promise<number> => {
    const startedAt = performance.now();
    await (await fetch(`${local.url}/health`)).text();
    return performance.now() - startedAt;
  };

  const ask = (dialect: string, fields: object): http.ClientRequest => {
    const isV1 = dialect === 'V1';
    const path = isV1
      ? `/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?access_token=${accessToken}`
      : '/v1/completions';
    const headers = isV1 ? {} : { Authorization: 'Bearer demo-secret' };
    const request = http.request(`${local.url}${path}`, { method: 'POST', headers, agent: false });
    // The connection is cut on purpose.
    request.on('error', () => undefined);
    request.end(JSON.stringify({ ...(isV1 ? {} : { model: 'SQLCoder-7B' }), prompt: 'p', ...fields }));
    return request;
  };

  const measureGone = async (request: http.ClientRequest): Promise<void> => {
    const healthMs = await timeHealth();
    const startedAt = performance.now();
    request.destroy();
    await upstream.allGone();
    expect(performance.now() - startedAt).toBeLessThan(allowedMs + 2 * healthMs);
  };

  const moments = (['V1', 'OpenAI'] as const).flatMap((dialect) =>
    [true, false].flatMap((streams) =>
      (['nothing', 'half an answer'] as const).map((sent) => ({
        dialect,
        mode: streams ? 'a stream' : 'a whole answer',
        streams,
        sent,
      })),
    ),
  );

  it.each(moments)(
    'a $dialect client that leaves $mode after the upstream has sent $sent takes the upstream request with it',
    async ({ dialect, streams, sent }) => {
      progress = sent;
      isStream = streams;
      const arrived = upstream.nextRequest();
      const request = ask(dialect, { stream: streams });
      await arrived;
      if (streams && sent !== 'nothing') {
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        await once(response, 'data');
      }
      const begunBefore = upstream.begun();
      await measureGone(request);
      // Nobody asks again on behalf of a client that has gone.
      await timeHealth();
      expect([upstream.begun(), upstream.open()]).toEqual([begunBefore, 0]);
    },
  );

  it('of several texts, none is asked for after the client has left', async () => {
    progress = 'nothing';
    isStream = false;
    const begunBefore = upstream.begun();
    const arrived = upstream.nextRequest();
    const request = ask('OpenAI', { n: 3 });
    await arrived;
    await measureGone(request);
    await timeHealth();
    expect([upstream.begun(), upstream.open()]).toEqual([begunBefore + 1, 0]);
  });
});
