import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { readWhole, readWithin } from '../../../lib/http-client/whole-body.ts';
import type { IncomingResponse, OutgoingRequest } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

const text = JSON.stringify({ result: '数据'.repeat(2_000) });
const { signal } = new AbortController();
const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function receive(headers: Record<string, string>, body: Uint8Array): Promise<IncomingResponse> {
  const server = await startHttpServer((_request, response) => response.writeHead(200, headers).end(body));
  servers.push(server);
  return createTransport()(requestOf(server.url), signal);
}

function requestOf(url: string): OutgoingRequest {
  return { method: 'POST', url: new URL(url), headers: {}, body: '' };
}

describe('the body of a response', () => {
  it('is asked for without a coding', async () => {
    const server = await startHttpServer((_request, response) => response.end());
    servers.push(server);
    await createTransport()(requestOf(server.url), signal);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each([
    ['gzip', zlib.gzipSync(text)],
    ['x-gzip', zlib.gzipSync(text)],
    ['GZIP', zlib.gzipSync(text)],
    ['deflate', zlib.deflateSync(text)],
    ['deflate', zlib.deflateRawSync(text)],
    ['br', zlib.brotliCompressSync(text)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(text))],
    ['identity', Buffer.from(text)],
    ['', Buffer.from(text)],
    ['identity, gzip', zlib.gzipSync(text)],
  ])('that comes as %j is decoded', async (coding, body) => {
    const response = await receive({ 'Content-Encoding': coding }, body);
    expect(await readWhole(response, 100_000)).toBe(text);
  });

  it('that is empty is empty, whatever its coding', async () => {
    const response = await receive({ 'Content-Encoding': 'gzip' }, Buffer.alloc(0));
    expect(await readWhole(response, 10)).toBe('');
  });

  it('is limited by its decoded bytes', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const response = await receive({ 'Content-Encoding': 'gzip' }, bomb);
    await expect(readWhole(response, 1_000_000)).rejects.toMatchObject({ code: 'upstream_answer_too_large' });
  });

  it.each([
    ['zstd', /Content-Encoding zstd/],
    ['<canary>', /^(?!.*canary)/],
    ['gzip, aes128gcm', /aes128gcm/],
  ])('that comes as %s is refused in words', async (coding, words) => {
    const response = await receive({ 'Content-Encoding': coding }, Buffer.from(text));
    await expect(readWhole(response, 100_000)).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringMatching(words),
    });
  });

  it.each(['gzip', 'deflate', 'br'])('that is not what it says, %s, is refused in words', async (coding) => {
    const response = await receive({ 'Content-Encoding': coding }, Buffer.from(text));
    await expect(readWhole(response, 100_000)).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      message: `The upstream answered with a body that cannot be decoded as ${coding}`,
    });
  });

  it('that ends in the middle of its coding is refused in words', async () => {
    const response = await receive({ 'Content-Encoding': 'gzip' }, zlib.gzipSync(text).subarray(0, 40));
    await expect(readWhole(response, 100_000)).rejects.toMatchObject({ code: 'upstream_invalid_response' });
  });

  it('comes piece by piece: what has been flushed is read before the rest is sent', async () => {
    const isRead = Promise.withResolvers<void>();
    const server = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      const encoder = zlib.createGzip();
      encoder.pipe(response);
      encoder.write('data: 1\n\n');
      encoder.flush();
      void isRead.promise.then(() => encoder.end('data: 2\n\n'));
    });
    servers.push(server);
    const { body } = await createTransport()(requestOf(server.url), signal);
    const parts = body[Symbol.asyncIterator]();
    expect(Buffer.from((await parts.next()).value as Uint8Array).toString()).toBe('data: 1\n\n');
    isRead.resolve();
    expect(Buffer.from((await parts.next()).value as Uint8Array).toString()).toBe('data: 2\n\n');
    expect((await parts.next()).done).toBe(true);
  });

  it('is given up at once by who has read enough, though the server sends no more', async () => {
    const closed = Promise.withResolvers<void>();
    const server = await startHttpServer((_request, response) => {
      response.on('close', closed.resolve).writeHead(200, { 'Content-Encoding': 'gzip' });
      const encoder = zlib.createGzip();
      encoder.pipe(response);
      encoder.write(text);
      encoder.flush();
    });
    servers.push(server);
    const { body } = await createTransport()(requestOf(server.url), signal);
    expect(await readWithin(body, 10)).toBeUndefined();
    await closed.promise;
  });

  it('throws the reason of an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const server = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).write(zlib.gzipSync(text).subarray(0, 20));
    });
    servers.push(server);
    const response = await createTransport()(requestOf(server.url), controller.signal);
    const reading = readWhole(response, 100_000);
    setImmediate(() => controller.abort(reason));
    await expect(reading).rejects.toBe(reason);
  });

  it('throws the error of a connection that breaks, not one of its coding', async () => {
    const part = zlib.gzipSync(text).subarray(0, 20);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n`;
    const broken = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(head);
        socket.write(part, () => socket.destroy());
      });
    });
    await once(broken.listen(0, '127.0.0.1'), 'listening');
    const { port } = broken.address() as AddressInfo;
    const response = await createTransport()(requestOf(`http://127.0.0.1:${port}`), signal);
    await expect(readWhole(response, 10_000)).rejects.toMatchObject({ code: 'ECONNRESET' });
    broken.close();
  });
});
