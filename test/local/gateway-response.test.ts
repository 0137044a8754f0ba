// What a streaming handler sends becomes the HTTP response that API Gateway would send.
import { getRequest, serve, start } from './hosted-handler.ts';
import type { HostedHandler } from './hosted-handler.ts';
import { sendRaw } from './raw-client.ts';

const badGateway = '{"message":"Internal server error"}';

describe('the head of a response', () => {
  it('has its head sent before there is a body', async () => {
    const gate = Promise.withResolvers<void>();
    const { url } = await serve(async (_event, stream) => {
      start(stream, { statusCode: 202 }).write('');
      await gate.promise;
      stream.end();
    });
    const client = await sendRaw(url, getRequest);
    await client.waitFor('\r\n\r\n');
    expect(client.received()).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
    gate.resolve();
    client.socket.destroy();
  });

  it('has the headers spelled as the handler spells them, repeated ones and cookies too', async () => {
    const { url } = await serve(async (_event, stream) => {
      const headers = { 'Content-Type': 'text/plain', 'x-lOwEr': 'a', 'X-Number': 7 };
      start(stream, { headers, multiValueHeaders: { 'X-Many': ['1', '2'] }, cookies: ['c=1', 'd=2'] }).write('');
      stream.end();
    });
    const client = await sendRaw(url, [...getRequest, 'Connection: close']);
    const [head = ''] = (await client.waitForEnd()).split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual(
      expect.arrayContaining([
        'Content-Type: text/plain',
        'x-lOwEr: a',
        'X-Number: 7',
        'X-Many: 1',
        'X-Many: 2',
        'Set-Cookie: c=1',
        'Set-Cookie: d=2',
      ]),
    );
  });
});

describe('a failing handler', () => {
  const failures: readonly (readonly [title: string, handler: HostedHandler])[] = [
    ['throws before its response', () => Promise.reject(new Error('secret'))],
    ['throws between metadata and body', async (_event, stream) => void (start(stream), fail())],
    ['ends without metadata', async (_event, stream) => void start(stream).end('lost')],
    ['writes no metadata at all', async (_event, stream) => void stream.end('text')],
    ['writes metadata that is no JSON', async (_event, stream) => void stream.end(`{${'\0'.repeat(8)}body`)],
    [
      'writes an impossible status',
      async (_event, stream) => void (start(stream, { statusCode: 20 }).write(''), stream.end()),
    ],
    [
      'writes a header that HTTP does not allow',
      async (_event, stream) => void (start(stream, { headers: { 'X-A': 'a\r\nb' } }).write(''), stream.end()),
    ],
    [
      'writes metadata beyond 16 KiB',
      async (_event, stream) =>
        void (start(stream, { headers: { 'X-Long': 'x'.repeat(16_384) } }).write('body'), stream.end()),
    ],
  ];

  it.each(failures)('that %s is a 502', async (_title, handler) => {
    const { url, lines } = await serve(handler);
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([502, badGateway]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(lines.join()).not.toContain('secret');
  });

  it('that exceeds its time limit is a 502', async () => {
    const { url, lines } = await serve(async () => undefined, { timeoutMs: 20 });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([502, badGateway]);
    expect(lines).toEqual([expect.stringContaining('Sandbox.Timedout')]);
  });

  it('that throws after the first byte has its connection cut, and what it wrote arrives', async () => {
    const { url } = await serve(async (_event, stream) => {
      start(stream).write('piece');
      fail();
    });
    const client = await sendRaw(url, getRequest);
    const received = await client.waitForEnd();
    expect(received).toContain('piece');
    expect(received.endsWith('0\r\n\r\n')).toBe(false);
  });

  it('that throws after its end has answered all the same', async () => {
    const { url } = await serve(async (_event, stream) => {
      start(stream).write('whole');
      stream.end();
      fail();
    });
    expect(await (await fetch(url)).text()).toBe('whole');
  });

  it('leaves the connection of its 502 to the next request', async () => {
    const { url } = await serve(async (_event, stream) => {
      start(stream, { statusCode: 20 }).write('');
      fail();
    });
    const client = await sendRaw(url, getRequest);
    await client.waitFor(badGateway);
    client.socket.write('GET /again HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n');
    expect((await client.waitForEnd()).split(badGateway)).toHaveLength(3);
  });
});

function fail(): never {
  throw new Error('secret');
}
