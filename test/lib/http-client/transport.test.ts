import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { createTransport } from '../../../lib/http-client/transport.ts';
import type { Transport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

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

  it('sends nothing when the caller leaves while the client is being loaded', async () => {
    const server = await startHttpServer((_request, response) => response.end());
    const controller = new AbortController();
    const reason = new Error('gone');
    const request = { method: 'POST', url: new URL(server.url), headers: {}, body: '' } as const;
    const sending = createTransport()(request, controller.signal);
    controller.abort(reason);
    await expect(sending).rejects.toBe(reason);
    expect(server.connections()).toBe(0);
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

describe('the time to connect', () => {
  const servers: net.Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listen = async (server: net.Server): Promise<string> => {
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  };

  it('is limited: a server that never ends the TLS handshake is given up, and its connection closed', async () => {
    const closed = Promise.withResolvers<void>();
    const keepSilent = (socket: net.Socket): void =>
      void socket
        .on('close', closed.resolve)
        .on('error', () => undefined)
        .resume();
    const host = await listen(net.createServer(keepSilent));
    const transport = createTransport({ connectTimeoutMs: 50 });
    await expect(fetchText(transport, `https://${host}/?access_token=canary`)).rejects.toMatchObject({
      code: 'upstream_connect_timeout',
      status: 504,
      errorCode: 336000,
      retryable: true,
      message: `Could not connect to ${host} within 0.05 s`,
    });
    await closed.promise;
  });

  it('gives way to a caller who leaves earlier', async () => {
    const host = await listen(net.createServer((socket) => socket.on('error', () => undefined)));
    const controller = new AbortController();
    const reason = new Error('gone');
    const request = { method: 'POST', url: new URL(`https://${host}`), headers: {}, body: '' } as const;
    const sending = createTransport({ connectTimeoutMs: 10_000 })(request, controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(sending).rejects.toBe(reason);
  });

  it('does not count the time to an answer, on a new connection or an old one', async () => {
    const server = await startHttpServer((_request, response) => void setTimeout(() => response.end('late'), 120));
    const transport = createTransport({ connectTimeoutMs: 40 });
    expect(await fetchText(transport, server.url)).toBe('late');
    expect(await fetchText(transport, server.url)).toBe('late');
    expect(server.connections()).toBe(1);
    await server.close();
  });

  it('ends with the TLS handshake, and does not count the time to an answer after it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'qianfan-serverless-tls-'));
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const files = ['-keyout', keyFile, '-out', certificateFile];
    execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
    const cert = readFileSync(certificateFile, 'utf8');
    const options = { key: readFileSync(keyFile), cert };
    rmSync(folder, { recursive: true });
    const authorities = tls.getCACertificates();
    tls.setDefaultCACertificates([cert]);
    try {
      const server = https.createServer(options, (_request, response) => {
        setTimeout(() => response.end('late'), 1_200);
      });
      const host = await listen(server);
      expect(await fetchText(createTransport({ connectTimeoutMs: 1_000 }), `https://${host}`)).toBe('late');
      server.closeAllConnections();
    } finally {
      tls.setDefaultCACertificates(authorities);
    }
  });
});

describe('a connection that cannot be made', () => {
  it('because nobody listens is upstream_connect_failed: nothing was sent', async () => {
    const server = await startHttpServer(() => undefined);
    await server.close();
    await expect(fetchText(createTransport(), `${server.url}/?access_token=canary`)).rejects.toMatchObject({
      code: 'upstream_connect_failed',
      status: 502,
      errorCode: 2,
      retryable: true,
      message: `Could not reach ${new URL(server.url).host} (ECONNREFUSED)`,
    });
  });

  it('because the TLS handshake fails is upstream_connect_failed, though the server was reached', async () => {
    const server = net.createServer((socket) => void socket.once('data', () => socket.end('HTTP/1.1 400\r\n\r\n')));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    await expect(fetchText(createTransport(), `https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'upstream_connect_failed',
    });
    server.close();
  });

  it('because it is closed during the TLS handshake is upstream_connect_failed', async () => {
    const server = net.createServer((socket) => void socket.once('data', () => socket.destroy()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    await expect(fetchText(createTransport(), `https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'upstream_connect_failed',
    });
    server.close();
  });
});
