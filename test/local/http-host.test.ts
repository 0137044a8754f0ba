// The HTTP host carries requests to a streaming handler, and its response to the client as it comes.
import { once } from 'node:events';
import { getRequest, serve, start } from './hosted-handler.ts';
import type { HostedHandler } from './hosted-handler.ts';
import { sendRaw } from './raw-client.ts';

describe('a response', () => {
  it('reaches the client piece by piece', async () => {
    const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const { url } = await serve(async (_event, stream) => {
      start(stream);
      for (const [index, gate] of gates.entries()) {
        stream.write(`piece ${index};`);
        await gate.promise;
      }
      stream.end('end');
    });
    const client = await sendRaw(url, getRequest);
    for (const [index, gate] of gates.entries()) {
      await client.waitFor(`piece ${index};`);
      expect(client.received()).not.toContain(`piece ${index + 1};`);
      gate.resolve();
    }
    await client.waitFor('0\r\n\r\n');
    expect(client.received()).toContain('end');
    client.socket.destroy();
  });

  it('is not taken from the handler faster than the client reads it', async () => {
    const maxChunks = 4_096;
    let count = 0;
    let chunksToSend = maxChunks;
    const { url } = await serve(
      async (_event, stream) => {
        start(stream);
        for (; count < chunksToSend; count += 1) {
          if (!stream.write(Buffer.alloc(16_384, 'x'))) await once(stream, 'drain');
        }
        stream.end('last');
      },
      { timeoutMs: 60_000 },
    );
    const client = await sendRaw(url, getRequest);
    client.socket.pause();
    // The handler has come to a stop when it makes no progress in many turns of the event loop.
    for (let [seen, idleTurns] = [-1, 0]; idleTurns < 500; idleTurns = count === seen ? idleTurns + 1 : 0) {
      seen = count;
      await new Promise(setImmediate);
    }
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(maxChunks);
    chunksToSend = 0;
    client.socket.resume();
    await client.waitFor('last');
    client.socket.destroy();
  });
});

describe('a client that leaves', () => {
  it('closes the response for the handler', async () => {
    const seen = Promise.withResolvers<boolean>();
    const { url } = await serve(async (_event, stream) => {
      start(stream).write('piece');
      await once(stream, 'close');
      seen.resolve(stream.writableFinished);
    });
    const client = await sendRaw(url, getRequest);
    await client.waitFor('piece');
    client.socket.destroy();
    expect(await seen.promise).toBe(false);
  });

  it('closes the response for the handler before the first byte', async () => {
    const entered = Promise.withResolvers<void>();
    const seen = Promise.withResolvers<boolean>();
    const { url, lines } = await serve(async (_event, stream) => {
      entered.resolve();
      await once(stream, 'close');
      seen.resolve(stream.writableFinished);
    });
    const client = await sendRaw(url, getRequest);
    await entered.promise;
    client.socket.destroy();
    expect(await seen.promise).toBe(false);
    expect(lines).toEqual([]);
  });
});

describe('a request body', () => {
  const serveLength = () =>
    serve(async (event, stream) => {
      start(stream).write(`length ${event.body?.length}`);
      stream.end();
    });
  const maxBytes = 10 * 1024 * 1024;
  const tooLong = '{"message":"Request Too Long"}';
  const nextRequest = 'POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 3\r\n\r\nabc';

  it('declared beyond 10 MB is a 413 before it is sent, on a connection that goes on', async () => {
    const { url } = await serveLength();
    const client = await sendRaw(url, ['POST / HTTP/1.1', 'Host: local', `Content-Length: ${maxBytes + 1}`]);
    await client.waitFor(tooLong);
    expect(client.received()).toMatch(/^HTTP\/1\.1 413 /);
    client.socket.write(Buffer.alloc(maxBytes + 1, 'x'));
    client.socket.write(nextRequest);
    await client.waitFor('length 3');
    client.socket.destroy();
  });

  it('of unknown length is a 413 once it passes 10 MB, on a connection that goes on', async () => {
    const { url } = await serveLength();
    const megabyte = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, 'x'), Buffer.from('\r\n')]);
    const client = await sendRaw(url, ['POST / HTTP/1.1', 'Host: local', 'Transfer-Encoding: chunked']);
    for (let sent = 0; sent < 11; sent += 1) client.socket.write(megabyte);
    await client.waitFor(tooLong);
    expect(client.received()).toMatch(/^HTTP\/1\.1 413 /);
    client.socket.write(megabyte);
    client.socket.write(`0\r\n\r\n${nextRequest}`);
    await client.waitFor('length 3');
    client.socket.destroy();
  });

  it('of exactly 10 MB is passed on', async () => {
    const response = await fetch((await serveLength()).url, { method: 'POST', body: 'x'.repeat(maxBytes) });
    expect(await response.text()).toBe(`length ${maxBytes}`);
  });

  it('that the client breaks off is no failure of the function', async () => {
    const { url, lines, close } = await serve(() => Promise.reject(new Error('must not be called')));
    const client = await sendRaw(url, ['POST / HTTP/1.1', 'Host: local', 'Content-Length: 10'], 'half');
    client.socket.end();
    await client.waitForEnd();
    await close();
    expect(lines).toEqual([]);
  });
});

describe('close', () => {
  it('lets a running request finish, and refuses new ones', async () => {
    const gate = Promise.withResolvers<void>();
    const handler: HostedHandler = async (_event, stream) => {
      start(stream).write('started');
      await gate.promise;
      stream.end('finished');
    };
    // The grace is longer than the test may last: it ends because the request does.
    const { url, close } = await serve(handler, { closeGraceMs: 60_000 });
    const client = await sendRaw(url, getRequest);
    await client.waitFor('started');
    const closed = close();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    gate.resolve();
    expect(await client.waitForEnd()).toContain('finished');
    await closed;
  });

  it('cuts a request that does not finish', async () => {
    const { url, close } = await serve(
      async (_event, stream) => {
        start(stream).write('piece');
        await once(stream, 'close');
      },
      { timeoutMs: 60_000 },
    );
    const client = await sendRaw(url, getRequest);
    await client.waitFor('piece');
    await close();
    expect((await client.waitForEnd()).endsWith('0\r\n\r\n')).toBe(false);
  });
});
