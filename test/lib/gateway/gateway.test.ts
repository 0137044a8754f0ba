import { GatewayError, toGatewayError } from '../../../lib/core/errors.ts';
import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import type { Route, RouteCall } from '../../../lib/gateway/router.ts';
import type { HttpCall, HttpResponse } from '../../../lib/core/http.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const clock = createFakeClock();
const { log, lines } = createLogRecorder();

/** A dialect that spells its errors in its own way. */
const createRoute = (pattern: string, handle: Route['handle']): Route => ({
  pattern,
  dialect: 'plain',
  isForBrowsers: true,
  methods: ['GET', 'POST'],
  handle,
  encodeError: (error, request) => ({
    status: 418,
    headers: { 'Content-Type': 'text/plain' },
    body: `${request.path}: ${toGatewayError(error).code}`,
  }),
});

const answer = (body: HttpResponse['body'], status = 200): HttpResponse => ({
  status,
  headers: { 'Content-Type': 'text/plain' },
  body,
});

/** Runs one request through a gateway with one route, and returns how to read its one log line. */
async function run(
  handle: Route['handle'],
  target = '/echo/me',
  call: Partial<HttpCall> = {},
  { method = 'POST', methods = ['GET', 'POST'] }: { method?: string; methods?: Route['methods'] } = {},
) {
  const linesBefore = lines.length;
  const gateway = createGateway({
    routes: [{ ...createRoute('/echo/{name}', handle), methods }],
    fallback: createRoute('(none)', async () => {
      throw new GatewayError('route_not_found', 'Nothing here');
    }),
    cors: createCors([]),
    clock,
    log,
  });
  const request = createHttpRequest({ method, target: `${target}?access_token=query-secret`, body: 'prompt' });
  const response = await gateway(request, { signal: new AbortController().signal, deadlineMs: Infinity, ...call });
  return { response, logged: () => lines.slice(linesBefore) };
}

async function readAll(body: HttpResponse['body']): Promise<string[]> {
  return typeof body === 'string' ? [body] : Array.fromAsync(body);
}

async function* pieces(...values: readonly (string | Error)[]): AsyncGenerator<string> {
  for (const value of values) {
    clock.advance(10);
    if (value instanceof Error) throw value;
    yield value;
  }
}

describe('createGateway', () => {
  it('hands the request, the call and the path parameter to the route', async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    await run(
      async (request, routeCall, name) => {
        seen.push(request.body.toString(), routeCall.signal, routeCall.deadlineMs, name);
        return answer('');
      },
      '/prod/echo/m%65',
      { signal, deadlineMs: 7 },
    );
    expect(seen).toEqual(['prompt', signal, 7, 'me']);
  });

  it("adds the request id to the route's own headers", async () => {
    const { response } = await run(async () => answer('hello', 201));
    expect(response).toEqual({
      status: 201,
      headers: { 'Content-Type': 'text/plain', 'X-Request-Id': 'request-1' },
      body: 'hello',
    });
  });

  it("answers a route's failure in the dialect of the route", async () => {
    const { response } = await run(async () => {
      throw new GatewayError('high_load', 'Busy');
    });
    expect(response).toMatchObject({
      status: 418,
      headers: { 'Content-Type': 'text/plain', 'X-Request-Id': 'request-1' },
      body: '/echo/me: high_load',
    });
  });

  it('answers by the fallback what no route serves', async () => {
    const { response, logged } = await run(async () => answer(''), '/nowhere');
    expect(response.body).toBe('/nowhere: route_not_found');
    expect(logged()).toMatchObject([{ fields: { route: '(none)' } }]);
  });
});

describe('a method', () => {
  const tellMethod: Route['handle'] = async ({ method }) => answer(`by ${method}`, 202);
  const byMethod = (method: string, methods: Route['methods']) => run(tellMethod, '/echo/me', {}, { method, methods });

  it.each([
    ['PUT', ['GET', 'POST'], 'GET, HEAD, POST'],
    ['POST', ['GET'], 'GET, HEAD'],
    ['HEAD', ['POST'], 'POST'],
    ['OPTIONS', ['POST'], 'POST'],
  ] as const)('%s is refused without asking a route of %j', async (method, methods, allow) => {
    let isAsked = false;
    const ask: Route['handle'] = async () => {
      isAsked = true;
      return answer('');
    };
    const encodeError: Route['encodeError'] = (error) => answer(toGatewayError(error).message, 405);
    const route = { ...createRoute('/echo/{name}', ask), methods, encodeError };
    const gateway = createGateway({ routes: [route], fallback: route, cors: createCors([]), clock, log });
    const call = { signal: new AbortController().signal, deadlineMs: Infinity };
    const { status, headers, body } = await gateway(createHttpRequest({ method, target: '/echo/me' }), call);
    expect({ status, allow: headers['Allow'], isAsked }).toEqual({ status: 405, allow, isAsked: false });
    expect(body).toBe(method === 'HEAD' ? '' : `Invalid HTTP Method: ${method}; use ${methods.join(' or ')}`);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { method, code: 'invalid_http_method', status: 405 } });
  });

  it('HEAD is answered as GET, without the body', async () => {
    const { response: got } = await byMethod('GET', ['GET']);
    const { response, logged } = await byMethod('HEAD', ['GET']);
    expect(got).toMatchObject({ status: 202, body: 'by GET' });
    expect(response).toEqual({ ...got, body: '' });
    expect(logged()).toMatchObject([{ fields: { method: 'HEAD', status: 202 } }]);
  });

  it('of any kind reaches a route that takes any', async () => {
    expect((await byMethod('PURGE', 'any')).response.body).toBe('by PURGE');
  });

  it('is none of the answer to what is allowed', async () => {
    expect((await byMethod('POST', ['POST'])).response.headers).not.toHaveProperty('Allow');
  });
});

describe('the log', () => {
  it('has one line for an answer that is whole, and nothing that the caller sent in it', async () => {
    const { logged } = await run(async () => {
      clock.advance(25);
      return answer('text', 201);
    });
    expect(logged()).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: { request_id: 'request-1', method: 'POST', route: '/echo/{name}', status: 201, duration_ms: 25 },
      },
    ]);
  });

  it('has one line for an error', async () => {
    const { logged } = await run(async () => {
      throw new TypeError('secret');
    });
    expect(logged()).toMatchObject([{ level: 'error', fields: { status: 418, code: 'internal_error' } }]);
  });

  it('has one line for a stream, written at its end', async () => {
    const { response, logged } = await run(async (_request, { record }) => {
      clock.advance(5);
      record.firstEventAtMs = clock.now();
      return answer(pieces('a', 'b'));
    });
    expect(logged()).toEqual([]);
    expect(await readAll(response.body)).toEqual(['a', 'b']);
    expect(logged()).toMatchObject([{ level: 'info', fields: { status: 200, first_event_ms: 5, duration_ms: 25 } }]);
  });

  it('has one line for a stream that its reader gives up, and gives up what feeds it', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield 'a';
      } finally {
        isClosed = true;
      }
    }
    const { response, logged } = await run(async () => answer(endless()));
    for await (const piece of response.body) {
      expect([piece, isClosed, logged()]).toEqual(['a', false, []]);
      break;
    }
    expect(isClosed).toBe(true);
    expect(logged()).toHaveLength(1);
  });

  it('has one line for a stream that breaks', async () => {
    const { response, logged } = await run(async () => answer(pieces('a', new Error('broken'))));
    await expect(readAll(response.body)).rejects.toThrow('broken');
    expect(logged()).toHaveLength(1);
  });

  it('keeps requests that run at the same time apart', async () => {
    const gate = Promise.withResolvers<void>();
    const handle: Route['handle'] = async (_request, { record }: RouteCall, name) => {
      record.clientId = name;
      await gate.promise;
      return answer('');
    };
    const both = Promise.all([run(handle, '/echo/one'), run(handle, '/echo/two')]);
    gate.resolve();
    const [first] = await both;
    expect(first.logged().map(({ fields }) => fields['client_id'])).toEqual(['one', 'two']);
  });
});

describe('what goes with a refusal', () => {
  const refuse = async (status: number) => (await run(async () => answer('no', status))).response.headers;

  it('401 says how to prove oneself (RFC 9110, section 11.6.1)', async () => {
    expect(await refuse(401)).toMatchObject({ 'WWW-Authenticate': 'Bearer realm="qianfan-serverless"' });
  });

  it('415 says which codings are read (RFC 9110, section 15.5.16)', async () => {
    expect(await refuse(415)).toMatchObject({ 'Accept-Encoding': 'gzip, deflate, br, identity' });
  });

  it.each([200, 400, 403, 404])('%i has neither', async (status) => {
    expect(Object.keys(await refuse(status))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:WWW-Authenticate|Accept-Encoding)$/)]),
    );
  });
});
