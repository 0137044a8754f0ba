import * as fc from 'fast-check';
import { percentDecode, uriEncode, uriEncodeExceptSlash } from '../../../lib/signing/uri-encode.ts';

describe('uriEncode', () => {
  it('encodes the published sample', () => {
    expect(uriEncode("!'()*this is an example for 测试")).toBe(
      '%21%27%28%29%2Athis%20is%20an%20example%20for%20%E6%B5%8B%E8%AF%95',
    );
  });

  it('leaves the unreserved characters as they are', () => {
    const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
    expect(uriEncode(unreserved)).toBe(unreserved);
  });

  it('encodes the slash, which uriEncodeExceptSlash keeps', () => {
    expect(uriEncode('a/b')).toBe('a%2Fb');
    expect(uriEncodeExceptSlash('a/b c')).toBe('a/b%20c');
  });

  it('encodes any text to what decodes to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const encoded = uriEncode(text);
        expect(encoded).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encoded)).toBe(text);
      }),
    );
  });
});

describe('percentDecode', () => {
  it('decodes in either case of the digits', () => {
    expect(Buffer.from(percentDecode('%e6%B5%8b+%2f')).toString()).toBe('测+/');
  });

  it('takes a percent sign without two digits for itself', () => {
    expect(Buffer.from(percentDecode('100%, %4, %zz, %')).toString()).toBe('100%, %4, %zz, %');
  });

  it('gives back the bytes that were encoded, text or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(percentDecode(uriEncode(bytes))).toEqual(bytes);
      }),
    );
  });
});
