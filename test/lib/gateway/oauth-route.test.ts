import { GatewayError } from '../../../lib/core/errors.ts';
import { verifyAccessToken } from '../../../lib/access/issued-token.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { createOauthRoute } from '../../../lib/gateway/oauth-route.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import type { RouteCall } from '../../../lib/gateway/router.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import type { HttpRequestParts } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const demo: Client = { id: 'demo', secret: 's+cret/=&千' };
const clients = createClientList(demo);
const credentials = { grant_type: 'client_credentials', client_id: demo.id, client_secret: demo.secret };

async function ask(parameters: Readonly<Record<string, string>>, parts: HttpRequestParts = {}, registry = clients) {
  const clock = createFakeClock();
  const { log, lines } = createLogRecorder();
  const gateway = withCheckedResponses(
    createGateway({
      cors: createCors([]),
      routes: [createOauthRoute(registry, clock)],
      fallback: fallbackRoute,
      clock,
      log,
    }),
  );
  const target = `/oauth/2.0/token?${new URLSearchParams(parameters).toString()}`;
  const call = { signal: new AbortController().signal, deadlineMs: Infinity };
  const response: HttpResponse = await gateway(createHttpRequest({ target, ...parts }), call);
  expect(typeof response.body).toBe('string');
  const body = JSON.parse(response.body as string) as Readonly<Record<string, unknown>>;
  return { response, body, clock, line: lines[0] };
}

describe('the token endpoint', () => {
  it.each<[string, HttpRequestParts]>([
    ['GET', { method: 'GET' }],
    ['POST with an empty body', { method: 'POST' }],
    ['POST with the body {}', { method: 'POST', body: '{}' }],
    ['POST with the body null', { method: 'POST', body: 'null' }],
    ['POST with the body ""', { method: 'POST', body: '""' }],
    ['POST with a body that is no JSON', { method: 'POST', body: '\u0000' }],
  ])('issues a token by %s', async (_name, parts) => {
    const { response, body, clock, line } = await ask(credentials, parts);
    expect(response).toMatchObject({
      status: 200,
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    });
    expect(body).toEqual({ access_token: expect.any(String), expires_in: 2_592_000, scope: 'public' });
    await expect(
      verifyAccessToken(String(body['access_token']), clients, clock.now(), new AbortController().signal),
    ).resolves.toBe(demo);
    expect(line).toMatchObject({
      level: 'info',
      fields: { route: '/oauth/2.0/token', client_id: 'demo', status: 200 },
    });
    expect(JSON.stringify(line)).not.toContain(demo.secret);
  });

  it('takes the parameters in any order', async () => {
    const reversed = Object.fromEntries(Object.entries(credentials).toReversed());
    expect((await ask(reversed)).response.status).toBe(200);
  });

  it.each([
    ['an unknown id', { ...credentials, client_id: 'nobody' }, 'unknown client id'],
    ['no id', { grant_type: 'client_credentials', client_secret: demo.secret }, 'unknown client id'],
    ['a wrong secret', { ...credentials, client_secret: 'wrong' }, 'Client authentication failed'],
    ['an empty secret', { ...credentials, client_secret: '' }, 'Client authentication failed'],
    ['no secret', { grant_type: 'client_credentials', client_id: 'demo' }, 'Client authentication failed'],
  ])('refuses %s with 401 and the description that the SDKs know', async (_name, parameters, description) => {
    const { response, body, line } = await ask(parameters);
    expect(response).toMatchObject({ status: 401, headers: { 'Content-Type': 'application/json' } });
    expect(body).toEqual({ error: 'invalid_client', error_description: description });
    expect(line).toMatchObject({ level: 'warn', fields: { code: 'invalid_client', status: 401 } });
  });

  it('takes a "+" that was not encoded, as the Node and Java SDKs send it', async () => {
    const client = { id: 'a+b', secret: 'c+d/e=' };
    const route = createOauthRoute(createClientList(client), createFakeClock());
    // A query decodes "+" to a space.
    const target = '/oauth/2.0/token?grant_type=client_credentials&client_id=a+b&client_secret=c+d/e=';
    const call: RouteCall = {
      signal: new AbortController().signal,
      deadlineMs: Infinity,
      dialect: 'plain',
      path: '/oauth/2.0/token',
      record: {},
      responseHeaders: {},
      listeners: [],
      progress: { isLastPiece: false },
    };
    await expect(route.handle(createHttpRequest({ target }), call, '')).resolves.toMatchObject({ status: 200 });
  });

  it('logs whose secret was wrong, and nothing of it', async () => {
    const { line } = await ask({ ...credentials, client_secret: 'wrong' });
    expect(line?.fields).toMatchObject({ client_id: 'demo' });
    expect(JSON.stringify(line)).not.toContain('wrong');
  });

  it.each([
    ['another grant type', { ...credentials, grant_type: 'password' }],
    ['no grant type', { client_id: demo.id, client_secret: demo.secret }],
  ])('refuses %s', async (_name, parameters) => {
    const { response, body } = await ask(parameters);
    expect(response.status).toBe(400);
    expect(body).toEqual({
      error: 'unsupported_grant_type',
      error_description: 'grant_type must be client_credentials',
    });
  });

  it.each(['PUT', 'DELETE', 'OPTIONS'])('refuses the method %s', async (method) => {
    const { response, body } = await ask(credentials, { method });
    expect(response).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD, POST' } });
    expect(body).toMatchObject({ error_description: `Invalid HTTP Method: ${method}; use GET or POST` });
  });

  it('says when to come back while the clients cannot be read', async () => {
    const error = new GatewayError('service_unavailable', 'Not now', { retryAfterSeconds: 2 });
    const unreadable = { ...clients, find: () => Promise.reject(error) };
    const { response, body, line } = await ask(credentials, {}, unreadable);
    expect(response).toMatchObject({ status: 503, headers: { 'Retry-After': '2', 'Cache-Control': 'no-store' } });
    expect(body).toEqual({ error: 'server_error', error_description: 'Not now' });
    expect(line).toMatchObject({ level: 'warn', fields: { code: 'service_unavailable' } });
  });
});
