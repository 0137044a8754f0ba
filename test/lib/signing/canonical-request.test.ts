import {
  canonicalHeaders,
  canonicalQueryString,
  canonicalRequest,
  canonicalUri,
} from '../../../lib/signing/canonical-request.ts';
import { signingVectors } from './signing-vectors.ts';

describe('canonicalRequest', () => {
  it.each(signingVectors)('equals that of the vector $name', (vector) => {
    expect(canonicalRequest(vector, vector.signedHeaders)).toBe(vector.expected.canonicalRequest);
  });
});

describe('canonicalUri', () => {
  it('starts with a slash', () => {
    expect(canonicalUri('')).toBe('/');
    expect(canonicalUri('/')).toBe('/');
  });

  it('is the same for every spelling of a path', () => {
    expect(canonicalUri('/prod/a%7eb/c d')).toBe('/prod/a~b/c%20d');
    expect(canonicalUri('/prod/a~b/c%20d')).toBe('/prod/a~b/c%20d');
  });

  it('takes a path that is not well encoded as it is', () => {
    expect(canonicalUri('/50%/%FF')).toBe('/50%25/%FF');
  });
});

describe('canonicalQueryString', () => {
  it('writes the published sample', () => {
    const query = [
      ['A', 'A'],
      ['B', null],
      ['C', ''],
    ] as const;
    expect(canonicalQueryString(query)).toBe('A=A&B=&C=');
  });

  it('leaves out authorization in any case', () => {
    const query = [
      ['b', '2'],
      ['Authorization', 'bce-auth-v1/x'],
      ['authorization', 'y'],
      ['a', '1'],
    ] as const;
    expect(canonicalQueryString(query)).toBe('a=1&b=2');
  });
});

describe('canonicalHeaders', () => {
  it('encodes the colon and the slash of a value', () => {
    expect(canonicalHeaders([['X-Test', ' a/b:c ']], ['x-test'])).toBe('x-test:a%2Fb%3Ac');
  });

  it('leaves out a signed header without a value', () => {
    const headers = [
      ['Host', 'example.org'],
      ['X-Empty', ' '],
    ] as const;
    expect(canonicalHeaders(headers, ['host', 'x-empty', 'x-absent'])).toBe('host:example.org');
  });

  it('sorts the lines whatever the order of the names', () => {
    const headers = [
      ['x-bce-date', '1'],
      ['Request_id', '2'],
      ['Host', '3'],
    ] as const;
    expect(canonicalHeaders(headers, ['X-Bce-Date', 'host', 'request_id'])).toBe('host:3\nrequest_id:2\nx-bce-date:1');
  });

  it('signs the default set and every x-bce header when no names are given', () => {
    const headers = [
      ['Host', 'h'],
      ['Accept', 'a'],
      ['X-Bce-Security-Token', 't'],
      ['Content-MD5', 'm'],
      ['Content-Type', 'c'],
      ['Content-Length', '1'],
    ] as const;
    expect(canonicalHeaders(headers, [])).toBe(
      'content-length:1\ncontent-md5:m\ncontent-type:c\nhost:h\nx-bce-security-token:t',
    );
  });
});
