import { createTransport } from '../../../lib/upstream/transport.ts';
import type { Transport } from '../../../lib/upstream/transport.ts';
import { startHttpServer } from '../../support/start-http-server.ts';

const { signal } = new AbortController();

async function fetchText(transport: Transport, url: string, body = ''): Promise<string> {
  const response = await transport(
    { method: 'POST', url: new URL(url), headers: { 'x-bce-date': 'now' }, body },
    signal,
  );
  return Buffer.concat(await Array.fromAsync(response.body)).toString();
}

describe('createTransport', () => {
  it('sends method, headers and body, and their length in bytes', async () => {
    const server = await startHttpServer((_request, response) => response.end());
    await fetchText(createTransport(), `${server.url}/path?access_token=t`, '数据');
    await server.close();
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: '数据',
      headers: { 'content-length': '6', 'x-bce-date': 'now' },
    });
    expect(server.requests[0]?.url.href).toContain('/path?access_token=t');
  });

  it('uses one connection for requests that follow each other', async () => {
    const server = await startHttpServer((_request, response) => response.end('text'));
    const transport = createTransport();
    for (let request = 0; request < 3; request += 1) await fetchText(transport, server.url);
    expect(server.connections()).toBe(1);
    await server.close();
  });

  it('sends a request again when a connection that was idle turns out to be closed', async () => {
    const server = await startHttpServer((_request, response, count) => {
      // The second request meets a connection that the server gives up without an answer.
      if (count === 2) response.destroy();
      else response.end(`answer ${count}`);
    });
    const transport = createTransport({ staleAfterMs: 0 });
    expect(await fetchText(transport, server.url)).toBe('answer 1');
    expect(await fetchText(transport, server.url)).toBe('answer 3');
    await server.close();
  });

  it('does not send a request again when a connection breaks that was in use a moment ago', async () => {
    const server = await startHttpServer((_request, response, count) => {
      if (count === 2) response.destroy();
      else response.end(`answer ${count}`);
    });
    const transport = createTransport({ staleAfterMs: 60_000 });
    await fetchText(transport, server.url);
    await expect(fetchText(transport, server.url)).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(server.requests).toHaveLength(2);
    await server.close();
  });

  it('does not send a request again when a fresh connection breaks', async () => {
    const server = await startHttpServer((_request, response) => response.destroy());
    await expect(fetchText(createTransport(), `${server.url}/?access_token=canary`)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.not.stringContaining('canary'),
    });
    expect(server.requests).toHaveLength(1);
    await server.close();
  });

  it('does not follow redirects', async () => {
    const server = await startHttpServer((_request, response) =>
      response.writeHead(307, { Location: '/elsewhere' }).end('moved'),
    );
    expect(await fetchText(createTransport(), server.url)).toBe('moved');
    expect(server.requests).toHaveLength(1);
    await server.close();
  });
});
