import * as fc from 'fast-check';
import type { SignableRequest } from '../../../lib/signing/canonical-request.ts';
import { parseAuthorization } from '../../../lib/signing/parse-authorization.ts';
import type { Authorization } from '../../../lib/signing/parse-authorization.ts';
import { signRequest } from '../../../lib/signing/sign.ts';
import { verifyAuthorization } from '../../../lib/signing/verify.ts';
import { signingVector, signingVectors } from './signing-vectors.ts';
import type { SigningVector } from './signing-vectors.ts';

/** Verifies an Authorization string as a server would; the name of the fault when it cannot be read. */
function verify(text: string, request: SignableRequest, vector: SigningVector, nowMs = Date.parse(vector.timestamp)) {
  const authorization = parseAuthorization(text);
  if (typeof authorization === 'string') return authorization;
  return verifyAuthorization(authorization, request, vector.sk, nowMs);
}

function parsed(vector: SigningVector): Authorization {
  const authorization = parseAuthorization(vector.expected.authorization);
  if (typeof authorization === 'string') throw new Error(authorization);
  return authorization;
}

/** Every text that differs from this one in one character. */
function changedTexts(text: string): readonly string[] {
  const characters = Array.from(text);
  return characters.map((character, index) => characters.with(index, character === 'x' ? 'y' : 'x').join(''));
}

/** Every list of headers or parameters that differs from this one in one character of a name or a value. */
function changedPairs(pairs: readonly (readonly [string, string | null])[]) {
  const texts = pairs.map(([name, value]) => [name, value ?? ''] as const);
  return texts.flatMap(([name, value], index) => [
    ...changedTexts(name).map((changed) => texts.with(index, [changed, value])),
    ...changedTexts(value).map((changed) => texts.with(index, [name, changed])),
  ]);
}

function isSignedHeader([name]: readonly [string, string]): boolean {
  return !['date', 'abc', 'user-agent'].includes(name.toLowerCase());
}

/** All but the one that leaves out the host: its stages are checked where they are built. */
const verifiable = signingVectors.filter(({ name }) => name !== 'js-delete');

describe.each(verifiable)('the vector $name', (vector) => {
  const { expected, method, path, query, headers } = vector;
  const request = { method, path, query, headers };

  it('is accepted', () => {
    expect(verify(expected.authorization, request, vector)).toBe('valid');
  });

  it.each([
    ['method', changedTexts(method).map((changed) => ({ ...request, method: changed }))],
    ['path', changedTexts(path).map((changed) => ({ ...request, path: changed }))],
    ['query', changedPairs(query).map((changed) => ({ ...request, query: changed }))],
    [
      'headers',
      changedPairs(headers.filter(isSignedHeader)).map((changed) => ({
        ...request,
        headers: changed,
      })),
    ],
  ])('is refused when one character of the %s changes', (_, changedRequests) => {
    const accepted = changedRequests.filter((changed) => verify(expected.authorization, changed, vector) === 'valid');
    expect(accepted).toEqual([]);
  });

  it('is refused when one character of the Authorization changes', () => {
    const accepted = changedTexts(expected.authorization).filter(
      (changed) => verify(changed, request, vector) === 'valid',
    );
    expect(accepted).toEqual([]);
  });

  it('is refused when one character of the secret changes', () => {
    const accepted = changedTexts(vector.sk).filter(
      (sk) => verify(expected.authorization, request, { ...vector, sk }) === 'valid',
    );
    expect(accepted).toEqual([]);
  });

  it('is accepted whatever its unsigned headers say', () => {
    const changed = headers.map(
      (header) => [header[0], isSignedHeader(header) ? header[1] : `${header[1]} changed`] as const,
    );
    expect(verify(expected.authorization, { ...request, headers: changed }, vector)).toBe('valid');
  });
});

describe('verifyAuthorization', () => {
  const python = signingVector('qianfan-python-sdk');
  const java = signingVector('qianfan-java-sdk');
  const signedAtMs = Date.parse(java.timestamp);

  it('takes the signed headers in any order', () => {
    const sorted = python.signedHeaders.toSorted();
    const reordered = python.expected.authorization.replace(python.signedHeaders.join(';'), sorted.join(';'));
    expect(reordered).not.toBe(python.expected.authorization);
    expect(verify(reordered, python, python)).toBe('valid');
  });

  it.each(['qianfan-java-sdk', 'qianfan-go-sdk'])('takes a host signed without its port (%s)', (name) => {
    const vector = signingVector(name);
    const headers = vector.headers.map(
      ([header, value]) => [header, header === 'host' ? `${value}:8787` : value] as const,
    );
    expect(verify(vector.expected.authorization, { ...vector, headers }, vector)).toBe('valid');
  });

  it('refuses another port when the port is signed', () => {
    const vector = signingVector('query-sort');
    const headers = vector.headers.with(0, ['host', 'localhost:3001']);
    expect(verify(vector.expected.authorization, { ...vector, headers }, vector)).toBe('signature_mismatch');
  });

  it.each([
    ['2023-11-14T22:13:21Z', 'valid'],
    ['2023-11-14T22:13:22Z', 'valid'],
    ['2023-11-14T22:13:23Z', 'signature_mismatch'],
    ['2023-11-14T22:13:19Z', 'signature_mismatch'],
  ])('answers an x-bce-date of %s, signed as 22:13:20, with %s', (date, verification) => {
    const headers = [java.headers[0] ?? ['host', ''], ['X-Bce-Date', date]] as const;
    expect(verify(java.expected.authorization, { ...java, headers }, java)).toBe(verification);
  });

  it('takes the port and the date deviating at once', () => {
    const headers = [
      ['Host', 'aip.baidubce.com:8787'],
      ['X-Bce-Date', '2023-11-14T22:13:21Z'],
    ] as const;
    expect(verify(java.expected.authorization, { ...java, headers }, java)).toBe('valid');
  });

  it.each([
    ['not_yet_valid', -300_001],
    ['valid', -300_000],
    ['valid', 2_100_000],
    ['expired', 2_100_001],
  ])('answers %s at %d ms from a timestamp that expires after 1800 s', (verification, offsetMs) => {
    expect(verify(java.expected.authorization, java, java, signedAtMs + offsetMs)).toBe(verification);
  });

  it('judges the time by the Authorization, not by x-bce-date', () => {
    const credentials = { accessKeyId: java.ak, secretAccessKey: java.sk };
    const headers = [java.headers[0] ?? ['host', ''], ['x-bce-date', '2001-01-01T00:00:00Z']] as const;
    const request = { ...java, headers };
    const text = signRequest(request, credentials, {
      timestampMs: signedAtMs,
      signedHeaders: ['host', 'x-bce-date'],
    });
    expect(verify(text, request, java)).toBe('valid');
  });

  it('requires the host to be signed', () => {
    const vector = signingVector('js-delete');
    const nowMs = Date.parse(vector.timestamp);
    expect(verifyAuthorization(parsed(vector), vector, vector.sk, nowMs)).toBe('host_not_signed');
  });

  it('does not take a signed host that is not there for a signed host', () => {
    const headers = [['x-bce-date', java.timestamp]] as const;
    expect(verify(java.expected.authorization, { ...java, headers }, java)).toBe('host_not_signed');
  });

  it('answers malformed for a timestamp that is none', () => {
    const authorization = { ...parsed(java), timestamp: 'yesterday' };
    expect(verifyAuthorization(authorization, java, java.sk, signedAtMs)).toBe('malformed');
  });

  it('accepts whatever signRequest signs', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const headerName = fc.stringMatching(/^x-[a-z0-9_]{1,12}$/);
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'PUT'),
        fc.webPath(),
        fc.array(fc.tuple(text, fc.option(text))),
        fc.dictionary(headerName, text),
        fc.boolean(),
        fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true }),
        (method, path, query, extraHeaders, namesHeaders, signedAt) => {
          const headers = [...Object.entries(extraHeaders), ['Host', 'localhost:8788'] as const];
          const request = { method, path, query, headers };
          const signedText = signRequest(
            request,
            { accessKeyId: 'ak', secretAccessKey: 'sk' },
            { timestampMs: signedAt.getTime(), signedHeaders: namesHeaders ? headers.map(([name]) => name) : [] },
          );
          expect(verify(signedText, request, { ...java, sk: 'sk' }, signedAt.getTime())).toBe('valid');
        },
      ),
    );
  });
});
