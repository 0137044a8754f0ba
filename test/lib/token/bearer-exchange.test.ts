import type { ServerResponse } from 'node:http';
import { parseAuthorization } from '../../../lib/signing/parse-authorization.ts';
import { verifyAuthorization } from '../../../lib/signing/verify.ts';
import { createBearerExchange } from '../../../lib/token/bearer-exchange.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

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

  it('tells of an unknown key as a refusal', async () => {
    const refused = exchange(json(403, { requestId: 'r', code: 'InvalidAccessKeyId', message: 'sk-canary' }));
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'service_token_failed',
      message: "Baidu's IAM refused to issue a token (InvalidAccessKeyId)",
    });
  });

  it.each<[string, (response: ServerResponse) => void, string, RegExp]>([
    [
      'a code of strange form',
      json(400, { code: 'sk-canary 1' }),
      'upstream_invalid_response',
      /HTTP 400 without a valid token$/,
    ],
    [
      'a token that would break a header',
      json(200, { token: 'a\r\nb', expireTime: '2026-01-08T00:00:00.000Z' }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    [
      'an expiry that is no time',
      json(200, { token: 'a', expireTime: 'soon' }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    ['an empty body', (response) => void response.writeHead(400).end(), 'upstream_invalid_response', /HTTP 400/],
    ['an internal error', json(500, { code: 'InternalError' }), 'upstream_http_error', /HTTP 500 .*InternalError/],
    ['an HTML page', (response) => void response.writeHead(503).end('<html>'), 'upstream_http_error', /HTTP 503/],
  ])('tells of %s as a fault of Baidu', async (_name, respond, code, message) => {
    const error: unknown = await exchange(respond).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toMatch(/canary|refused/);
  });

  it('waits for an answer no longer than it is told', async () => {
    server = await startHttpServer(() => undefined);
    const late = createBearerExchange(server.url, createTransport(), clock, 50);
    await expect(late(keys, new AbortController().signal)).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});
