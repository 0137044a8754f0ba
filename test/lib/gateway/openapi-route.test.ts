import { readFileSync } from 'node:fs';
import { createCors } from '../../../lib/access/cors.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import { openApiRoute } from '../../../lib/gateway/openapi-route.ts';
import { fallbackRoute } from '../../../lib/gateway/plain-routes.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';

const clock = createFakeClock();
const { log } = createLogRecorder();
const gateway = withCheckedResponses(
  createGateway({ cors: createCors([]), routes: [openApiRoute], fallback: fallbackRoute, clock, log }),
);
const ask = (target: string, method = 'GET') =>
  gateway(createHttpRequest({ target, method }), { signal: new AbortController().signal, deadlineMs: Infinity });

describe('/openapi.json', () => {
  it.each(['/openapi.json', '/prod/openapi.json'])('is docs/openapi.json: %s', async (target) => {
    const { status, headers, body } = await ask(target);
    expect({ status, type: headers['Content-Type'] }).toEqual({ status: 200, type: 'application/json' });
    const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(body as string)).toEqual(JSON.parse(committed));
  });

  it.each(['POST', 'PUT', 'DELETE'])('is not there to %s', async (method) => {
    const { status, headers, body } = await ask('/openapi.json', method);
    expect({ status, allow: headers['Allow'], body: JSON.parse(body as string) as unknown }).toMatchObject({
      status: 405,
      allow: 'GET, HEAD',
      body: { error: { code: 'invalid_http_method' } },
    });
  });
});
