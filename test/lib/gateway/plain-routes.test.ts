import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { createHealthRoute, fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import type { HttpResponse } from '../../../lib/core/http.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const clock = createFakeClock();
const { log, lines } = createLogRecorder();
const circuits: Record<string, string> = {};
const routes = [createHealthRoute(() => circuits)];
const gateway = withCheckedResponses(
  createGateway({ cors: createCors([]), routes, fallback: fallbackRoute, clock, log }),
);

async function ask(method: string, target: string): Promise<HttpResponse> {
  const call = { signal: new AbortController().signal, deadlineMs: Infinity };
  return gateway(createHttpRequest({ method, target }), call);
}

async function get(target: string): Promise<{ response: HttpResponse; body: unknown }> {
  const response = await ask('GET', target);
  return { response, body: JSON.parse(response.body as string) };
}

describe('/health', () => {
  it('says that the function runs', async () => {
    const { response, body } = await get('/prod/health');
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(body).toEqual({ status: 'ok', upstreams: {} });
  });

  it('says how the circuits stand now, and is well with an open one', async () => {
    circuits['qianfan-v1'] = 'closed';
    expect((await get('/health')).body).toEqual({ status: 'ok', upstreams: { 'qianfan-v1': { circuit: 'closed' } } });
    Object.assign(circuits, { 'qianfan-v1': 'open', openai: 'half_open' });
    const { response, body } = await get('/health');
    expect(response.status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      upstreams: { 'qianfan-v1': { circuit: 'open' }, openai: { circuit: 'half_open' } },
    });
  });
});

describe('/health by another method', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is refused: %s', async (method) => {
    const { status, headers, body } = await ask(method, '/prod/health');
    expect({ status, allow: headers['Allow'] }).toEqual({ status: 405, allow: 'GET, HEAD' });
    expect(JSON.parse(body as string)).toEqual({
      error: { code: 'invalid_http_method', message: `Invalid HTTP Method: ${method}; use GET` },
    });
  });

  it('is answered without a body if it is HEAD', async () => {
    const { response } = await get('/health');
    expect(await ask('HEAD', '/health')).toEqual({ ...response, body: '' });
  });
});

describe('a path that nothing serves', () => {
  it('is a 404 that names it', async () => {
    const { response, body } = await get('/prod/nothing');
    expect(response).toMatchObject({ status: 404, headers: { 'Content-Type': 'application/json' } });
    expect(body).toEqual({
      error: { code: 'route_not_found', message: expect.stringContaining('/prod/nothing') },
    });
    expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { route: '(none)', status: 404, error_code: 3 } });
  });

  it.each(['/v1/embeddings', '/v2/files/x', '/prod/v1/responses', '/v1', '/v1/'])(
    'is a 404 with the four fields of OpenAI: %s',
    async (target) => {
      const { response, body } = await get(target);
      expect(response).toMatchObject({ status: 404, headers: { 'Content-Type': 'application/json' } });
      expect(body).toEqual({
        error: {
          message: expect.stringContaining(`nothing is served at ${target}`),
          type: 'invalid_request_error',
          param: null,
          code: 'route_not_found',
        },
      });
    },
  );

  it('is error 3 of the V1 dialect where V1 clients look', async () => {
    const { response, body } = await get('/rpc/2.0/ai_custom/v1/wenxinworkshop/embeddings/x');
    expect(response).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
    expect(body).toMatchObject({
      error_code: 3,
      error_msg: expect.stringContaining('Unsupported openapi method'),
      id: 'request-1',
    });
  });

  it.each([
    ['/<script>'],
    ['/a%20b'],
    ['/a b'],
    ['/a@b:c'],
    [`/${'a'.repeat(300)}`],
    ['/wenxinworkshop/%0d%0aSet-Cookie'],
  ])('is not repeated when it is %s', async (target) => {
    const { response } = await get(target);
    expect(response.body).toContain('nothing is served at this path');
    expect(response.body).not.toContain(target);
    expect(JSON.stringify(lines.at(-1))).not.toContain(target);
  });
});
