import type { ServerResponse } from 'node:http';
import { createTokenExchange } from '../../../lib/token/token-exchange.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

const clock = createFakeClock();
const keys = { apiKey: 'api+key&canary', secretKey: 'secret/canary' };
let server: TestServer;

afterEach(() => server.close());

async function exchange(respond: (response: ServerResponse) => void) {
  server = await startHttpServer((_request, response) => respond(response));
  return createTokenExchange(server.url, createTransport(), clock)(keys, new AbortController().signal);
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

describe('createTokenExchange', () => {
  it('asks for client_credentials with encoded keys and counts the life from the request', async () => {
    const token = await exchange(json(200, { access_token: '24.abc', expires_in: 2_592_000, scope: 'public' }));
    expect(token).toEqual({ value: '24.abc', expiresAtMs: clock.now() + 2_592_000_000 });
    const [request] = server.requests;
    expect(request?.method).toBe('POST');
    expect(request?.url.pathname).toBe('/oauth/2.0/token');
    expect(Object.fromEntries(request?.url.searchParams ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: keys.apiKey,
      client_secret: keys.secretKey,
    });
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'an unknown client',
      json(401, { error: 'invalid_client', error_description: 'unknown client id' }),
      /refused .*unknown client id/,
    ],
    [
      'an error in a 200',
      json(200, { error: 'invalid_client', error_description: 'Client authentication failed' }),
      /refused .*Client authentication failed/,
    ],
    [
      'an echo of the keys',
      json(401, { error: 'invalid', error_description: `bad ${keys.secretKey} of ${keys.apiKey}` }),
      /bad \[redacted\] of \[redacted\]/,
    ],
    [
      'an echo of a key where the message is cut',
      json(401, { error: 'invalid', error_description: `${'-'.repeat(280)}${keys.apiKey}` }),
      /refused .*---\[redacted/,
    ],
  ])('tells of %s as a refusal of the keys', async (_name, respond, message) => {
    const error: unknown = await exchange(respond).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'service_token_failed', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toMatch(/canary|api\+/);
  });

  it.each<[string, (response: ServerResponse) => void, string, RegExp]>([
    [
      'a token of another type',
      json(200, { access_token: 5, expires_in: 10 }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    ['an empty token', json(200, { access_token: '', expires_in: 10 }), 'upstream_invalid_response', /HTTP 200/],
    [
      'a token that would break a header',
      json(200, { access_token: 'a\r\nb', expires_in: 10 }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    ['a token without a life', json(200, { access_token: 'a' }), 'upstream_invalid_response', /HTTP 200/],
    [
      'a token that lives for ever',
      json(200, { access_token: 'a', expires_in: 9_007_199_254_740_991 }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    [
      'a token that is already dead',
      json(200, { access_token: 'a', expires_in: 0 }),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    [
      'half a body',
      (response) => void response.end('{"access_token":"24.canary'),
      'upstream_invalid_response',
      /HTTP 200/,
    ],
    [
      'a redirect',
      (response) => void response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end(),
      'upstream_invalid_response',
      /HTTP 302/,
    ],
    ['an HTML page', (response) => void response.writeHead(502).end('<html>'), 'upstream_http_error', /HTTP 502/],
    ['a server error in JSON', json(500, { error: 'Internal Server Error' }), 'upstream_http_error', /HTTP 500/],
    ['a broken connection', (response) => void response.destroy(), 'upstream_unreachable', /./],
  ])('tells of %s as a fault of Baidu', async (_name, respond, code, message) => {
    const error: unknown = await exchange(respond).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toMatch(/canary|refused/);
  });

  it('waits for an answer no longer than it is told', async () => {
    server = await startHttpServer(() => undefined);
    const late = createTokenExchange(server.url, createTransport(), clock, 50);
    await expect(late(keys, new AbortController().signal)).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});
