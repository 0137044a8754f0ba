import { authStringPrefix, formatTimestamp, signature, signingKey, signRequest } from '../../../lib/signing/sign.ts';
import { signingVector, signingVectors } from './signing-vectors.ts';

describe.each(signingVectors)('the vector $name', (vector) => {
  const { ak, sk, timestamp, expirationInSeconds, signedHeaders, expected } = vector;

  it('has the signing key of its prefix', () => {
    expect(signingKey(sk, authStringPrefix(ak, timestamp, expirationInSeconds))).toBe(expected.signingKey);
  });

  it('has the signature of its canonical request', () => {
    expect(signature(expected.signingKey, expected.canonicalRequest)).toBe(expected.signature);
  });

  it('is signed with its Authorization', () => {
    const credentials = { accessKeyId: ak, secretAccessKey: sk };
    const timestampMs = Date.parse(timestamp);
    const authorization = signRequest(vector, credentials, { timestampMs, expirationInSeconds, signedHeaders });
    expect(authorization).toBe(expected.authorization);
  });
});

describe('signRequest', () => {
  it('lets a signature expire after 1800 s unless told otherwise', () => {
    const vector = signingVector('qianfan-java-sdk');
    const authorization = signRequest(
      vector,
      { accessKeyId: vector.ak, secretAccessKey: vector.sk },
      { timestampMs: Date.parse(vector.timestamp), signedHeaders: vector.signedHeaders },
    );
    expect(authorization).toBe(vector.expected.authorization);
  });

  it('writes the names of the signed headers in lower case', () => {
    const vector = signingVector('qianfan-java-sdk');
    const authorization = signRequest(
      vector,
      { accessKeyId: vector.ak, secretAccessKey: vector.sk },
      { timestampMs: Date.parse(vector.timestamp), signedHeaders: ['Host', 'X-Bce-Date'] },
    );
    expect(authorization).toBe(vector.expected.authorization);
  });
});

describe('formatTimestamp', () => {
  it('drops the parts of a second', () => {
    expect(formatTimestamp(Date.parse('2023-11-14T22:13:20.999Z'))).toBe('2023-11-14T22:13:20Z');
  });
});
