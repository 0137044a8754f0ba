import { GatewayError } from '../../../lib/core/errors.ts';
import { redact, redactText } from '../../../lib/core/redact.ts';

describe('redactText', () => {
  it.each([
    ['a given secret', 'key abc-1 refused', ['abc-1'], 'key [redacted] refused'],
    ['a given secret wherever it stands', 'abc-1abc-1 (abc-1)', ['abc-1'], '[redacted][redacted] ([redacted])'],
    ['several secrets', 'abc and def', ['abc', 'def'], '[redacted] and [redacted]'],
    ['a secret of characters that mean something elsewhere', 'a.b*c$& refused', ['a.b*c$&'], '[redacted] refused'],
    ['a percent-encoded secret', 'bad ak%2Bcanary%2F1.', ['ak+canary/1'], 'bad [redacted].'],
    ['a secret encoded in small letters', 'bad ak%2bcanary%2f1.', ['ak+canary/1'], 'bad [redacted].'],
    ['a secret encoded in part', 'bad ak%2Bcanary/1.', ['ak+canary/1'], 'bad [redacted].'],
    ['a secret encoded whole', 'bad %61%6B%2f.', ['ak/'], 'bad [redacted].'],
    ['a secret with a space in a form', "bad a+b and a%20b'", ['a b'], "bad [redacted] and [redacted]'"],
    ['a secret beyond ASCII', 'bad %e4%B8%AD\u{1f600}.', ['\u4e2d\u{1f600}'], 'bad [redacted].'],
    ['a secret with a percent sign', 'bad 1%25 and 1%.', ['1%'], 'bad [redacted] and [redacted].'],
    ['a parameter access_token', 'GET /p?access_token=24.ab-c_1&x=1', [], 'GET /p?access_token=[redacted]&x=1'],
    [
      'a parameter client_secret',
      'client_id=ak&client_secret=s%2Fk',
      [],
      'client_id=[redacted]&client_secret=[redacted]',
    ],
    ['a parameter refresh_token', 'refresh_token=25.a', [], 'refresh_token=[redacted]'],
    ['a parameter in another case', 'ACCESS_TOKEN=24.a', [], 'ACCESS_TOKEN=[redacted]'],
    ['a quoted URL up to its quote', '"http://h/?access_token=24.a"', [], '"http://h/?access_token=[redacted]"'],
    ['the longer of two secrets, one of which begins the other', 'abcdef', ['abc', 'abcdef'], '[redacted]'],
    ['a token in JSON', '{"access_token":"24.a","x":1}', [], '{"access_token=[redacted]","x":1}'],
    ['a bearer key', 'Authorization: Bearer bce-v3/ALTAK-1/2=', [], 'Authorization: Bearer=[redacted]'],
    ['a bce-auth-v1 value', 'bce-auth-v1/ak/2026-01-01T00:00:00Z/300/host/ab12', [], 'bce-auth-v1=[redacted]'],
  ])('takes out %s', (_name, text, secrets, redacted) => {
    expect(redactText(text, secrets)).toBe(redacted);
  });

  it.each(['nothing to hide', 'the access_token is missing', ''])('leaves %j as it is', (text) => {
    expect(redactText(text, ['secret'])).toBe(text);
  });

  it('takes a character of a secret for nothing but itself', () => {
    const secret = '.*+?^${}()|[]\\/-';
    expect(redactText(`x ${secret} abc`, [secret])).toBe('x [redacted] abc');
  });

  it('takes out a secret of any length', () => {
    const secret = 'k'.repeat(20_000);
    expect(redactText(`bad ${secret}.`, [secret])).toBe('bad [redacted].');
  });

  it('finds nothing of an empty secret', () => {
    expect(redactText('text', [''])).toBe('text');
  });
});

describe('redact', () => {
  it('shortens a message to 1,000 characters, after it has taken the secret out', () => {
    const secret = '24.0123456789abcdef';
    const error = new GatewayError('upstream_rejected', `${'x'.repeat(990)} ${secret} ${'y'.repeat(1_000)}`);
    const redacted = redact(error, [secret]) as GatewayError;
    expect(redacted.message).toHaveLength(1_000);
    expect(redacted.message).toMatch(/x \[redacted$/);
  });

  it('takes a secret out of the message, and keeps the rest', () => {
    const cause = new Error('cause');
    const error = new GatewayError('upstream_rejected', 'token abc refused', { errorCode: 336999, cause });
    const redacted = redact(error, ['abc']);
    expect(redacted).toBeInstanceOf(GatewayError);
    expect(redacted).toMatchObject({
      code: 'upstream_rejected',
      message: 'token [redacted] refused',
      errorCode: 336999,
    });
    expect((redacted as Error).cause).toBe(cause);
  });

  it('returns an error without a secret as it is', () => {
    const error = new GatewayError('high_load', 'Busy');
    expect(redact(error, ['abc'])).toBe(error);
  });

  it('returns anything else as it is', () => {
    const error = new TypeError('abc');
    expect(redact(error, ['abc'])).toBe(error);
    expect(redact(undefined, ['abc'])).toBeUndefined();
  });
});
