import type { ServerResponse } from 'node:http';
import { parseAuthorization } from '../../../lib/signing/parse-authorization.ts';
import { verifyAuthorization } from '../../../lib/signing/verify.ts';
import { createBearerExchange } from '../../../lib/token/bearer-exchange.ts';
import { createTransport } from '../../../lib/upstream/transport.ts';
import { createFakeClock } from '../../support/create-fake-clock.ts';
import { startHttpServer } from '../../support/start-http-server.ts';
import type { TestServer } from '../../support/start-http-server.ts';

const clock = createFakeClock();
const keys = { accessKey: 'ak', secretKey: 'sk-canary' };
let server: TestServer;

afterEach(() => server.close());

async function exchange(respond: (response: ServerResponse) => void) {
  server = await startHttpServer((_request, response) => respond(response));
  return createBearerExchange(server.url, createTransport(), clock)(keys, new AbortController().signal);
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

describe('createBearerExchange', () => {
  it('asks with a signature that verifies, and takes the expiry that Baidu states', async () => {
    const expireTime = '2026-01-08T00:00:00.000Z';
    const token = await exchange(json(200, { userId: 'u', token: 'bce-v3/ALTAK-1/2', status: 'enable', expireTime }));
    expect(token).toEqual({ value: 'bce-v3/ALTAK-1/2', expiresAtMs: Date.parse(expireTime) });
    const [request] = server.requests;
    expect(request?.method).toBe('GET');
    expect(request?.url.pathname).toBe('/v1/BCE-BEARER/token');
    const parsed = parseAuthorization(request?.headers.authorization ?? '');
    if (typeof parsed === 'string' || request === undefined) throw new Error('not signed');
    const signed = {
      method: 'GET',
      path: request.url.pathname,
      query: [...request.url.searchParams],
      headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
    };
    expect(verifyAuthorization(parsed, signed, keys.secretKey, clock.now())).toBe('valid');
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'an unknown key',
      json(403, { requestId: 'r', code: 'InvalidAccessKeyId', message: 'sk-canary' }),
      /InvalidAccessKeyId/,
    ],
    ['a code of strange form', json(400, { code: 'sk-canary 1' }), /HTTP 400 without a token/],
    [
      'a token that would break a header',
      json(200, { token: 'a\r\nb', expireTime: '2026-01-08T00:00:00.000Z' }),
      /HTTP 200/,
    ],
    ['an expiry that is no time', json(200, { token: 'a', expireTime: 'soon' }), /HTTP 200/],
    ['an empty body', (response) => void response.writeHead(400).end(), /HTTP 400/],
  ])('fails on %s', async (_name, respond, message) => {
    const error: unknown = await exchange(respond).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'service_token_failed', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('canary');
  });
});
