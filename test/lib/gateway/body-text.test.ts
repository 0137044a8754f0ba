import zlib from 'node:zlib';
import { readBodyText } from '../../../lib/gateway/body-text.ts';

const text = JSON.stringify({ model: 'Yi-34B', prompt: '数据'.repeat(300) });
const bytes = Buffer.from(text);

const read = (body: Buffer, coding?: string, limit = 10_000): string =>
  readBodyText({ body, headers: coding === undefined ? {} : { 'content-encoding': coding } }, limit);

describe('readBodyText', () => {
  it.each([
    [undefined, bytes],
    ['', bytes],
    ['identity', bytes],
    ['gzip', zlib.gzipSync(text)],
    [' GZIP ', zlib.gzipSync(text)],
    ['x-gzip', zlib.gzipSync(text)],
    ['deflate', zlib.deflateSync(text)],
    ['br', zlib.brotliCompressSync(text)],
  ])('reads a body with the Content-Encoding %j', (coding, body) => {
    expect(read(body, coding)).toBe(text);
  });

  it('drops a byte order mark, before and after decoding', () => {
    expect(read(Buffer.from('\uFEFF{}'))).toBe('{}');
    expect(read(zlib.gzipSync('\uFEFF{}'), 'gzip')).toBe('{}');
  });

  it.each(['zstd', 'compress', 'gzip, br'])('refuses the Content-Encoding %s, and says what can be read', (coding) => {
    expect(() => read(bytes, coding)).toThrow(
      expect.objectContaining({
        code: 'unsupported_encoding',
        status: 415,
        message: expect.stringContaining('gzip, deflate, br, identity'),
      }),
    );
  });

  it('shows nothing of a header that is no coding', () => {
    expect(() => read(bytes, '<canary>')).toThrow(
      expect.objectContaining({ code: 'unsupported_encoding', message: expect.not.stringContaining('canary') }),
    );
  });

  it.each(['gzip', 'deflate', 'br'])('refuses bytes that are not %s', (coding) => {
    expect(() => read(bytes, coding)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`decoded as ${coding}`) }),
    );
  });

  it('refuses compressed bytes that end too early', () => {
    expect(() => read(zlib.gzipSync(text).subarray(0, 30), 'gzip')).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
  ])('limits the decoded bytes of %s, to the byte', (coding, encode) => {
    const body = encode(Buffer.alloc(1_000, 0x20));
    expect(body.length).toBeLessThan(100);
    expect(read(body, coding, 1_000)).toHaveLength(1_000);
    expect(() => read(body, coding, 999)).toThrow(expect.objectContaining({ code: 'body_too_large', status: 413 }));
  });

  it('limits the bytes as they were sent', () => {
    expect(read(bytes, undefined, bytes.length)).toBe(text);
    expect(() => read(bytes, undefined, bytes.length - 1)).toThrow(expect.objectContaining({ code: 'body_too_large' }));
  });
});
