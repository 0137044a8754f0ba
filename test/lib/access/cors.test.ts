import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { createOauthRoute } from '../../../lib/gateway/oauth-route.ts';
import { createHealthRoute, fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import type { HttpRequest, HttpResponse } from '../../../lib/core/http.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const app = 'https://app.example';
const cors = createCors([app, 'http://localhost:5173']);

const from = (origin: string | undefined, headers: Readonly<Record<string, string>> = {}, method = 'POST') => ({
  ...createHttpRequest({ method, target: '/health' }),
  headers: origin === undefined ? headers : { origin, ...headers },
});

const preflight = (origin: string | undefined, headers: Readonly<Record<string, string>> = {}): HttpRequest =>
  from(origin, { 'access-control-request-method': 'POST', ...headers }, 'OPTIONS');

/** Origins that are not https://app.example, however close. */
const otherOrigins = [
  'https://evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://app.example.evil.example',
  'https://evilapp.example',
  'https://sub.app.example',
  'https://APP.example',
  'https://app.example/',
  'https://app.example, https://app.example',
  'null',
  '*',
  '',
];

describe('an origin', () => {
  it.each([app, 'http://localhost:5173'])('that is configured is allowed: %s', (origin) => {
    expect(cors.isAllowed(from(origin))).toBe(true);
  });

  it.each([...otherOrigins, undefined])('that is not exactly configured is not: %j', (origin) => {
    expect(cors.isAllowed(from(origin))).toBe(false);
  });

  it('is not allowed when none is configured', () => {
    expect(createCors([]).isAllowed(from(app))).toBe(false);
    expect(createCors([]).isAllowed(from(undefined))).toBe(false);
  });
});

describe('the origin of an app', () => {
  it.each([
    'capacitor://localhost',
    'tauri://localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'vscode-webview://0abc1def',
    'app://obsidian.md',
    'null',
  ])('gets its preflight answered when it is configured: %s', (origin) => {
    expect(createCors([origin]).answerPreflight(preflight(origin))).toMatchObject({
      status: 204,
      headers: { 'Access-Control-Allow-Origin': origin },
    });
    expect(createCors([app]).answerPreflight(preflight(origin))).toMatchObject({ status: 403 });
  });
});

describe('the headers of an answer', () => {
  it('name the origin alone, and what the page may read', () => {
    expect(cors.headersFor(from(app))).toEqual({
      Vary: 'Origin',
      'Access-Control-Allow-Origin': app,
      'Access-Control-Expose-Headers':
        'X-Request-Id, X-Baidu-Request-Id, X-Upstream, X-Upstream-Fallback, X-Ignored-Parameters, Retry-After, X-Should-Retry, ' +
        'Idempotent-Replayed, ' +
        'X-Ratelimit-Limit-Requests, X-Ratelimit-Remaining-Requests, X-Ratelimit-Reset-Requests, ' +
        'X-Ratelimit-Limit-Tokens, X-Ratelimit-Remaining-Tokens, X-Ratelimit-Reset-Tokens',
    });
  });

  it.each([...otherOrigins, undefined])('allow nothing to %j, and say that the answer varies', (origin) => {
    expect(cors.headersFor(from(origin))).toEqual({ Vary: 'Origin' });
  });

  it('are none when no origin is configured', () => {
    expect(createCors([]).headersFor(from(app))).toEqual({});
  });
});

describe('a preflight', () => {
  it('of an allowed origin allows the methods of the gateway and the headers that the page asks for', () => {
    const asked = preflight(app, { 'access-control-request-headers': 'authorization,content-type, Request_id' });
    expect(cors.answerPreflight(asked)).toEqual({
      status: 204,
      headers: {
        Vary: 'Origin',
        'Access-Control-Allow-Origin': app,
        'Access-Control-Expose-Headers': expect.any(String),
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'authorization,content-type, Request_id',
        'Access-Control-Max-Age': '600',
      },
      body: '',
    });
  });

  it.each([undefined, '', '*', 'a\r\nb: c', 'a b', ',', 'x-ok;', 'a,,b', '\u00e9'])(
    'allows no headers when it asks for %j',
    (names) => {
      const asked = preflight(app, names === undefined ? {} : { 'access-control-request-headers': names });
      expect(cors.answerPreflight(asked)).toMatchObject({ status: 204 });
      expect(cors.answerPreflight(asked)?.headers).not.toHaveProperty('Access-Control-Allow-Headers');
    },
  );

  it.each([...otherOrigins, undefined])('of %j is refused, with a way to allow it', (origin) => {
    expect(cors.answerPreflight(preflight(origin))).toEqual({
      status: 403,
      headers: { Vary: 'Origin', 'Content-Type': 'application/json' },
      body: expect.stringMatching(
        /^\{"error":\{"code":"origin_not_allowed","message":"[^"]*ALLOWED_ORIGINS[^"]*"\}\}$/,
      ),
    });
  });

  it.each([
    ['another method', from(app, { 'access-control-request-method': 'POST' })],
    ['OPTIONS without the method asked for', from(app, {}, 'OPTIONS')],
  ])('is not %s', (_what, request) => {
    expect(cors.answerPreflight(request)).toBeUndefined();
  });
});

describe('the gateway', () => {
  const clock = createFakeClock();
  const { log, lines } = createLogRecorder();
  const clients = createClientList({ id: 'demo', secret: 's' });
  const routes = [createHealthRoute(() => ({})), createOauthRoute(clients, clock)];
  const gateway = withCheckedResponses(createGateway({ routes, fallback: fallbackRoute, cors, clock, log }));
  const ask = (request: HttpRequest, path: string): Promise<HttpResponse> =>
    gateway({ ...request, path }, { signal: new AbortController().signal, deadlineMs: Infinity });
  const corsHeadersOf = ({ headers }: HttpResponse): string[] =>
    Object.keys(headers).filter((name) => /^(access-control-|vary$)/i.test(name));

  it.each(['/health', '/nowhere', '/rpc/2.0/ai_custom/v1/wenxinworkshop/nowhere'])(
    'lets a page read the answer of %s, an error too',
    async (path) => {
      const { headers } = await ask(from(app, {}, 'GET'), path);
      expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': app, 'X-Request-Id': 'request-1' });
    },
  );

  it.each([app, 'https://evil.example'])(
    'answers every preflight of %s before its route, and logs it',
    async (origin) => {
      const { status } = await ask(preflight(origin), '/prod/health');
      expect(status).toBe(origin === app ? 204 : 403);
      expect(lines.at(-1)?.fields).toMatchObject({ route: '/health', method: 'OPTIONS', status });
    },
  );

  it('answers no page at the token endpoint, where a client_secret would show', async () => {
    const refused = await ask(preflight(app), '/oauth/2.0/token');
    expect([refused.status, corsHeadersOf(refused)]).toEqual([405, []]);
    const query = [
      ['grant_type', 'client_credentials'],
      ['client_id', 'demo'],
      ['client_secret', 's'],
    ] as const;
    const issued = await ask({ ...from(app), query }, '/oauth/2.0/token');
    expect([issued.status, corsHeadersOf(issued)]).toEqual([200, []]);
  });

  it.each([from(app), preflight(app), preflight('https://evil.example'), from('*')])(
    'never allows "*" or credentials (%#)',
    async (request) => {
      const { headers } = await ask(request, '/health');
      expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials');
      expect(Object.values(headers)).not.toContain('*');
    },
  );
});
