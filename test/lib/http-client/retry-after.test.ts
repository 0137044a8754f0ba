import { createTransport } from '../../../lib/http-client/transport.ts';
import { readRetryAfter } from '../../../lib/http-client/retry-after.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';

// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110, section 5.6.7.
const nowMs = 784_111_777_000;
const monthSeconds = 30 * 24 * 60 * 60;

describe('readRetryAfter', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['30.5', 31],
    ['0.2', 1],
    ['86400', 86_400],
    ['604800', 604_800],
    ['2s', 2],
    ['2 s', 2],
    ['1.5s', 2],
    ['500ms', 1],
    ['2m', 120],
    ['1h', 3_600],
    ['99999999999', monthSeconds],
    ['9'.repeat(400), monthSeconds],
    ['-1', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['7, 8', undefined],
    ['soon', undefined],
    ['2 days', undefined],
  ])('Retry-After: %j means %j seconds', (value, seconds) => {
    expect(readRetryAfter({ 'retry-after': value }, nowMs)).toBe(seconds);
  });

  it.each([
    ['Sun, 06 Nov 1994 08:50:07 GMT', 30],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['Sun, 06 Nov 1994 08:50:07 +0000', 30],
    ['Sun, 06 Nov 1994 08:50:07 UTC', 30],
    ['Sun, 06 Nov 1994 16:50:07 +0800', 30],
    ['Sunday, 06-Nov-94 08:50:07 GMT', 30],
    ['Sun Nov  6 08:50:07 1994', 30],
    ['1994-11-06T08:50:07Z', 30],
    ['1994-11-06T16:50:07.500+08:00', 31],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Fri, 31 Dec 2999 00:00:00 GMT', monthSeconds],
    ['Thu, 99 Jan 2015 99:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 08:50:07', undefined],
    ['1994-11-06', undefined],
  ])('Retry-After: %s is %j seconds from the moment', (value, seconds) => {
    expect(readRetryAfter({ 'retry-after': value }, nowMs)).toBe(seconds);
  });

  it('prefers retry-after-ms, and rounds it up to seconds', () => {
    expect(readRetryAfter({ 'retry-after': '9', 'retry-after-ms': '1200' }, nowMs)).toBe(2);
    expect(readRetryAfter({ 'retry-after-ms': '250.5' }, nowMs)).toBe(1);
  });

  it('goes by Retry-After when retry-after-ms is ill-formed', () => {
    expect(readRetryAfter({ 'retry-after': '9', 'retry-after-ms': 'soon' }, nowMs)).toBe(9);
    expect(readRetryAfter({ 'retry-after': '9', 'retry-after-ms': ['1', '2'] }, nowMs)).toBe(9);
  });
});

it.each([
  [{ 'Retry-After': '30.5' }, 31],
  [{ 'retry-after-ms': '1500' }, 2],
  [{}, undefined],
])('an answer with the headers %j asks for %j seconds', async (headers, seconds) => {
  const server = await startHttpServer((_request, response) => response.writeHead(429, headers).end());
  const request = { method: 'POST', url: new URL(server.url), headers: {}, body: '' } as const;
  const response = await createTransport()(request, new AbortController().signal);
  await Array.fromAsync(response.body);
  await server.close();
  expect(response.retryAfterSeconds).toBe(seconds);
});
