import { parseAuthorization, parseTimestamp } from '../../../lib/signing/parse-authorization.ts';
import { signingVectors } from './signing-vectors.ts';

const signature = 'ab'.repeat(32);

describe('parseAuthorization', () => {
  it.each(signingVectors)('reads that of the vector $name', (vector) => {
    expect(parseAuthorization(vector.expected.authorization)).toEqual({
      accessKeyId: vector.ak,
      timestamp: vector.timestamp,
      expirationInSeconds: vector.expirationInSeconds,
      signedHeaders: vector.signedHeaders,
      signature: vector.expected.signature,
    });
  });

  it.each([
    ['not_bce_auth_v1', ''],
    ['not_bce_auth_v1', 'Bearer demo-secret'],
    ['not_bce_auth_v1', `bce-auth-v2/ak/2023-11-14T22:13:20Z/1800/host/${signature}`],
    ['too_long', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/${'host;'.repeat(1000)}host/${signature}`],
    ['bad_field_count', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/${signature}`],
    ['bad_field_count', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/host/${signature}/`],
    ['bad_access_key_id', `bce-auth-v1//2023-11-14T22:13:20Z/1800/host/${signature}`],
    ['bad_access_key_id', `bce-auth-v1/a k/2023-11-14T22:13:20Z/1800/host/${signature}`],
    ['bad_timestamp', `bce-auth-v1/ak/2023-11-14T22:13:20.000Z/1800/host/${signature}`],
    ['bad_timestamp', `bce-auth-v1/ak/2023-02-30T22:13:20Z/1800/host/${signature}`],
    ['bad_expiration', `bce-auth-v1/ak/2023-11-14T22:13:20Z/0/host/${signature}`],
    ['bad_expiration', `bce-auth-v1/ak/2023-11-14T22:13:20Z/-1/host/${signature}`],
    ['bad_expiration', `bce-auth-v1/ak/2023-11-14T22:13:20Z/01800/host/${signature}`],
    ['bad_expiration', `bce-auth-v1/ak/2023-11-14T22:13:20Z/86401/host/${signature}`],
    ['bad_signed_headers', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/host;/${signature}`],
    ['bad_signed_headers', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/host x/${signature}`],
    ['bad_signature', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/host/${signature.slice(1)}`],
    ['bad_signature', `bce-auth-v1/ak/2023-11-14T22:13:20Z/1800/host/${signature.toUpperCase()}`],
  ])('answers %s for %s', (fault, text) => {
    expect(parseAuthorization(text)).toBe(fault);
  });

  it('takes an expiration of one day', () => {
    const text = `bce-auth-v1/ak/2023-11-14T22:13:20Z/86400/host/${signature}`;
    expect(parseAuthorization(text)).toMatchObject({ expirationInSeconds: 86_400 });
  });
});

describe('parseTimestamp', () => {
  it('gives the moment in epoch milliseconds', () => {
    expect(parseTimestamp('2023-11-14T22:13:20Z')).toBe(1_700_000_000_000);
  });

  it.each(['2023-11-14 22:13:20Z', '2023-13-14T22:13:20Z', '2023-11-14T24:13:20Z', '2023-11-14T22:13:20+00:00'])(
    'gives nothing for %s',
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );
});
