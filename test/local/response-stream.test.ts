// The response stream behaves as the one of Lambda's own runtime, the traps included.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StreamifyHandler } from 'aws-lambda';
import { run } from './streaming-run.ts';

const nuls = '\0'.repeat(8);

const from = (stream: awslambda.HttpResponseStream, metadata: Record<string, unknown> = { statusCode: 201 }) =>
  awslambda.HttpResponseStream.from(stream, metadata);

describe('HttpResponseStream.from', () => {
  it('returns the stream it is given', async () => {
    await run(async (_event, stream) => {
      expect(from(stream)).toBe(stream);
      stream.end();
    });
  });

  it('sends the metadata and eight NUL bytes before the first write', async () => {
    const text = await run(async (_event, stream) => {
      from(stream, { statusCode: 201, cookies: ['a=b'] });
      stream.write('body');
      stream.end(' end');
    });
    expect(text).toBe(`{"statusCode":201,"cookies":["a=b"]}${nuls}body end`);
  });

  it('sends the metadata on an empty first write', async () => {
    const text = await run(async (_event, stream) => {
      from(stream).write('');
      stream.end();
    });
    expect(text).toBe(`{"statusCode":201}${nuls}`);
  });

  it('loses the metadata when the stream is ended without a write', async () => {
    expect(await run(async (_event, stream) => void from(stream).end('body'))).toBe('body');
    expect(await run(async (_event, stream) => void from(stream).end())).toBe('');
  });

  it('is refused after the first write', async () => {
    await run(async (_event, stream) => {
      stream.write('early');
      expect(() => from(stream)).toThrow('too late');
      stream.end();
    });
  });
});

describe('the response stream', () => {
  it('is a plain object without pipe', async () => {
    await run(async (_event, stream) => {
      expect(stream.constructor).toBe(Object);
      expect('pipe' in stream).toBe(false);
      expect(stream.writableHighWaterMark).toBe(65_536);
      stream.end();
    });
  });

  it('sends objects as JSON', async () => {
    const text = await run(async (_event, stream) => {
      stream.write({ a: [1] });
      stream.end();
    });
    expect(text).toBe('{"a":[1]}');
  });

  it('is the end of a pipeline', async () => {
    const text = await run(async (_event, stream) => {
      await pipeline(Readable.from([Buffer.from('one'), Buffer.from(' two')]), from(stream));
    });
    expect(text).toBe(`{"statusCode":201}${nuls}one two`);
  });

  it('asks to wait for drain once its high-water mark is reached', async () => {
    await run(async (_event, stream) => {
      expect(stream.write(Buffer.alloc(65_535))).toBe(true);
      expect(stream.write(Buffer.alloc(65_536))).toBe(false);
      expect(stream.writableNeedDrain).toBe(true);
      await once(stream, 'drain');
      stream.end();
    });
  });

  it('closes before its end when the client has gone', async () => {
    const client = new AbortController();
    let isFinished: boolean | undefined;
    const handler: StreamifyHandler = async (_event, stream) => {
      stream.write('a');
      client.abort();
      await once(stream, 'close');
      isFinished = stream.writableFinished;
    };
    await run(handler, { signal: client.signal });
    expect(isFinished).toBe(false);
  });
});
