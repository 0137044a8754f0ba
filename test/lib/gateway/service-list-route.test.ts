import { GatewayError } from '../../../lib/core/errors.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { createCompletionRoutes } from '../../../lib/gateway/completion-route.ts';
import { qianfanV1Completions } from '../../../lib/dialects/qianfan-v1/completions.ts';
import { createServiceListRoute } from '../../../lib/gateway/service-list-route.ts';
import type { HttpRequest } from '../../../lib/core/http.ts';
import { createModelCatalog } from '../../../lib/core/models.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import { signHttpRequest } from '../../doubles/sign-http-request.ts';
import type { SigningParts } from '../../doubles/sign-http-request.ts';

const shop: Client = { id: 'shop', secret: 'shop-secret' };
const kiosk: Client = { id: 'kiosk', secret: 'kiosk-secret', models: ['starcoder', 'lbwxxxd4_test1'] };
const page: Client = { id: 'page', secret: 'page-secret', models: ['SQLCoder-7B'] };
const app = 'https://app.example';
const listPath = '/wenxinworkshop/service/list';

const clock = createFakeClock();
const { log, lines } = createLogRecorder();
const clients = createClientList(shop, kiosk, page);
const cors = createCors([app]);
const authenticator = createAuthenticator({
  clients,
  cors,
  anonymousClientId: 'page',
  clock,
  verifyUser: async (token) => {
    const [, , fate] = token.split('.');
    if (fate === 'expired') throw new GatewayError('access_token_expired', 'The token has expired');
    if (fate === 'good') return { id: 'user:u', userId: 'u', models: ['StarCoder'] };
    throw new GatewayError('sign_in_unavailable', 'No keys', { retryAfterSeconds: 2 });
  },
});
const models = createModelCatalog({ StarCoder: 'lbwxxxd4_starcoder', 'Yi-34B': 'yi' });
const served: string[] = [];
const completionRoutes = createCompletionRoutes(qianfanV1Completions, {
  authenticator,
  models,
  upstream: {
    complete: async ({ model }) => {
      served.push(model.endpoint);
      return { id: 'as-1', createdSeconds: 0, text: '', isSafe: true };
    },
    stream: async () => (async function* () {})(),
  },
  guards: [],
  maxBodyBytes: 1_000,
  clock,
});
const routes = [createServiceListRoute(authenticator, models), ...completionRoutes];
const gateway = withCheckedResponses(createGateway({ routes, fallback: fallbackRoute, cors, clock, log }));

type JsonObject = Readonly<Record<string, unknown>>;

async function ask(request: HttpRequest) {
  const response = await gateway(request, { signal: new AbortController().signal, deadlineMs: Infinity });
  return { response, body: JSON.parse(response.body as string) as JsonObject };
}

const sign = (parts: Partial<SigningParts> = {}): HttpRequest =>
  signHttpRequest({ keys: shop, timestampMs: clock.now(), target: listPath, body: '{}', ...parts });

async function list(parts: Partial<SigningParts> = {}): Promise<readonly JsonObject[]> {
  const { body } = await ask(sign(parts));
  return (body['result'] as { common: readonly JsonObject[] }).common;
}

const namesOf = (services: readonly JsonObject[]) => services.map(({ name }) => name);

describe('the list', () => {
  it('has what the SDKs read, in the types they read', async () => {
    const { response, body } = await ask(sign());
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(body).toEqual({ log_id: 'request-1', result: { common: expect.any(Array), custom: [] } });
    expect((await list())[0]).toMatchObject({
      name: 'SQLCoder-7B',
      url: 'http://gateway.example/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b',
      apiType: 'completions',
      chargeStatus: 'OPENED',
      serviceUuid: expect.any(String),
      versionList: [],
    });
  });

  // An Integer to the Java SDK, a string to the Go SDK: digits in quotes are both, and so is nothing at all.
  it('gives a serviceId that is digits in quotes, or none', async () => {
    for (const { serviceId = '0' } of await list()) expect(serviceId).toMatch(/^\d{1,9}$/);
  });

  it('holds the presets and the configured models, for a client that may call all', async () => {
    expect(namesOf(await list())).toEqual(['SQLCoder-7B', 'CodeLlama-7b-Instruct', 'StarCoder', 'Yi-34B']);
  });

  it('holds no more than a restricted client may call, under the names of the models', async () => {
    expect(namesOf(await list({ keys: kiosk }))).toEqual(['StarCoder', 'lbwxxxd4_test1']);
  });

  it.each(['{}', '', 'null', '{"apiTypefilter":["completions"]}', 'no JSON'])(
    'does not depend on the body: %j',
    async (body) => {
      expect(await list({ body })).toHaveLength(4);
    },
  );

  it.each([
    ['the host it was asked at', {}, '', 'http://gateway.example/rpc/'],
    ['the port', { host: 'gateway.example:8787' }, '', 'http://gateway.example:8787/rpc/'],
    ['the scheme at the front door', { 'x-forwarded-proto': 'https' }, '', 'https://gateway.example/rpc/'],
    ['no scheme but the two', { 'x-forwarded-proto': 'javascript' }, '', 'http://gateway.example/rpc/'],
    ['the path prefix', {}, '/prod/base', 'http://gateway.example/prod/base/rpc/'],
  ])('has URLs with %s', async (_what, headers, prefix, start) => {
    const services = await list({ headers, target: `${prefix}${listPath}` });
    expect(services.map(({ url }) => String(url).startsWith(start))).toEqual(services.map(() => true));
  });

  it.each([shop, kiosk])('leads to endpoints that $id can call', async (keys) => {
    const services = await list({ keys, target: `/prod${listPath}` });
    expect(services).not.toHaveLength(0);
    for (const { url } of services) {
      served.length = 0;
      const target = new URL(String(url)).pathname;
      const { body } = await ask(sign({ keys, target, body: '{"prompt":"p"}' }));
      expect(body).toMatchObject({ object: 'completion' });
      expect(served).toEqual([target.split('/').at(-1)]);
    }
  });

  it('is what the anonymous client may call, for a page of an allowed origin', async () => {
    const request = { ...createHttpRequest({ method: 'POST', target: listPath }), headers: { origin: app, host: 'h' } };
    const { response, body } = await ask(request);
    expect(response.headers).toMatchObject({ 'Access-Control-Allow-Origin': app });
    expect(namesOf((body['result'] as { common: readonly JsonObject[] }).common)).toEqual(['SQLCoder-7B']);
  });

  it('is what an end user may call, for a token of theirs', async () => {
    const request = createHttpRequest({ method: 'POST', target: listPath });
    const { body } = await ask({ ...request, headers: { authorization: 'Bearer eyJ.eyJ.good', host: 'h' } });
    expect(namesOf((body['result'] as { common: readonly JsonObject[] }).common)).toEqual(['StarCoder']);
    expect(lines.at(-1)).toMatchObject({ level: 'info', fields: { client_id: 'user:u' } });
  });

  it('is logged with the client', async () => {
    await list({ keys: kiosk });
    expect(lines.at(-1)).toMatchObject({ level: 'info', fields: { client_id: 'kiosk', status: 200, route: listPath } });
  });
});

describe('a refusal', () => {
  const unsigned = createHttpRequest({ method: 'POST', target: listPath });
  const withAuthorization = (authorization: string) => ({ ...unsigned, headers: { authorization } });
  const unknownKey = 'NotFound, cause: Could not find credential.';
  const mismatch = 'SignatureDoesNotMatch, cause: Fail to authn user: Signature does not match';
  const any: unknown = expect.stringMatching(/^[\x20-\x7e]+$/);

  it.each<[string, HttpRequest, number, string, unknown]>([
    ['no signature', unsigned, 403, 'AccessDenied', any],
    [
      'a page of another origin',
      { ...unsigned, headers: { origin: 'https://evil.example' } },
      403,
      'AccessDenied',
      any,
    ],
    ['another scheme', withAuthorization('Bearer shop-secret'), 403, 'AccessDenied', any],
    ['an ill-formed signature', withAuthorization('bce-auth-v1/'), 400, 'InvalidHTTPAuthHeader', any],
    ['a token that has expired', withAuthorization('Bearer eyJ.eyJ.expired'), 401, 'AccessDenied', any],
    ['a token that cannot be verified', withAuthorization('Bearer eyJ.eyJ.x'), 503, 'InternalError', any],
    ['an unknown Access Key', sign({ keys: { ...shop, id: 'x' } }), 403, 'InvalidAccessKeyId', unknownKey],
    ['a wrong Secret Key', sign({ keys: { ...shop, secret: 'x' } }), 400, 'SignatureDoesNotMatch', mismatch],
    ['no signed host', sign({ headers: { a: 'b' }, signedHeaders: ['a'] }), 400, 'SignatureDoesNotMatch', any],
    ['an expired signature', sign({ timestampMs: clock.now() - 2_100_001 }), 400, 'RequestExpired', any],
    ['a signature of the future', sign({ timestampMs: clock.now() + 301_000 }), 400, 'RequestExpired', any],
    ['another method', { ...sign(), method: 'GET' }, 405, 'MethodNotAllowed', any],
  ])(
    'of %s is an error of the console, in the headers as in the body',
    async (_what, request, status, code, message) => {
      const { response, body } = await ask(request);
      expect(body).toEqual({
        requestId: 'request-1',
        code,
        message,
        error_code: expect.any(Number),
        error_msg: message,
      });
      expect(response.status).toBe(status);
      expect(response.headers).toMatchObject({
        'Content-Type': 'application/json',
        'X-Bce-Error-Code': code,
        'X-Bce-Error-Message': message,
      });
      expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { status, route: listPath } });
    },
  );

  it('of a token tells the number of its error, or when to come again', async () => {
    const expired = await ask(withAuthorization('Bearer eyJ.eyJ.expired'));
    expect(expired.body['error_code']).toBe(111);
    const unverified = await ask(withAuthorization('Bearer eyJ.eyJ.x'));
    expect(unverified.response.headers).toMatchObject({ 'Retry-After': '2' });
  });

  it('of a gateway without a list of clients is its own fault, and says no more', async () => {
    const broken = { ...clients, find: () => Promise.reject(new Error('secret arn:aws:x')) };
    const route = createServiceListRoute(
      createAuthenticator({ clients: broken, cors, anonymousClientId: undefined, clock }),
      models,
    );
    const answer = withCheckedResponses(createGateway({ routes: [route], fallback: fallbackRoute, cors, clock, log }));
    const response = await answer(sign(), { signal: new AbortController().signal, deadlineMs: Infinity });
    expect(response).toMatchObject({ status: 500, headers: { 'X-Bce-Error-Code': 'InternalError' } });
    expect(JSON.stringify(response)).not.toContain('arn:');
  });
});
