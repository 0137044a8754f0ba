// The load generator, the upstream double and the bare proxy, on real connections.
import http from 'node:http';
import type { Server } from 'node:http';
import { createBareProxy } from '../../../lab/bench/bare-proxy.ts';
import { createRequestBody, endOf, readText, text } from '../../../lab/bench/fixtures.ts';
import type { Dialect, Mode } from '../../../lab/bench/fixtures.ts';
import { generateLoad } from '../../../lab/bench/load-generator.ts';
import type { LoadTask } from '../../../lab/bench/load-generator.ts';
import { createUpstreamDouble } from '../../../lab/bench/upstream-double.ts';
import { listenLocally, stopServer } from '../../../local/http-server.ts';

const paths = {
  openai: '/v1/completions',
  v1: '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b?access_token=any',
} as const;
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => stopServer(server, 0)));
});

async function start(server: Server): Promise<string> {
  servers.push(server);
  return listenLocally(server, 0);
}

function createTask(url: string, dialect: Dialect, mode: Mode, connections = 3): LoadTask {
  const body = createRequestBody(dialect, mode);
  return { url: url + paths[dialect], headers: {}, body, end: endOf(dialect, mode), connections, durationMs: 30 };
}

describe.each<[Dialect, Mode]>([
  ['openai', 'plain'],
  ['openai', 'stream'],
  ['v1', 'plain'],
  ['v1', 'stream'],
])('load in the dialect %s, %s', (dialect, mode) => {
  it('is counted and timed, on as many connections as asked for', async () => {
    const server = createUpstreamDouble();
    let connections = 0;
    server.on('connection', () => (connections += 1));
    let received = 0;
    server.on('request', () => (received += 1));
    const task = createTask(await start(server), dialect, mode);
    const { answered, requests, seconds, latencies, firstBytes } = await generateLoad(task);
    expect(connections).toBe(3);
    expect(requests).toBeGreaterThanOrEqual(3);
    expect([answered, requests]).toEqual([received, received - 3]);
    expect([latencies.length, firstBytes.length]).toEqual([requests, requests]);
    expect(latencies).toEqual(latencies.toSorted());
    expect(firstBytes[0]).toBeGreaterThan(0);
    expect(firstBytes[0]).toBeLessThanOrEqual(latencies[0] ?? 0);
    expect(seconds).toBeGreaterThanOrEqual(0.03);
  });

  it('gets the text of the fixtures through the bare proxy, too', async () => {
    const upstream = await start(createUpstreamDouble());
    for (const url of [upstream, await start(createBareProxy(upstream))]) {
      const task = createTask(url, dialect, mode);
      const response = await fetch(task.url, { method: 'POST', body: task.body });
      expect(readText(dialect, mode, await response.text())).toBe(text);
    }
  });
});

describe('load that is answered wrongly', () => {
  it('fails at an error status', async () => {
    const url = await start(http.createServer((_request, response) => void response.writeHead(500).end('{}')));
    await expect(generateLoad(createTask(url, 'openai', 'plain'))).rejects.toThrow('answered 500');
  });

  it('fails at a stream that lacks its end', async () => {
    const server = http.createServer((_request, response) => void response.end('data: {"choices":[]}\n\n'));
    await expect(generateLoad(createTask(await start(server), 'openai', 'stream'))).rejects.toThrow('not complete');
  });

  it('fails when the connection breaks', async () => {
    const url = await start(http.createServer((request) => void request.socket.destroy()));
    await expect(generateLoad(createTask(url, 'v1', 'plain'))).rejects.toThrow(/hang up|ECONNRESET/);
  });
});
