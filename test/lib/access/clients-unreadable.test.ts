import { createGatewayOptions } from '../../../lib/app/create-completion-app.ts';
import { readCompletionConfig } from '../../../lib/config/read-config.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { createGateway } from '../../../lib/gateway/gateway.ts';
import type { HttpRequest, HttpResponse } from '../../../lib/core/http.ts';
import type { SecretStore } from '../../../lib/core/secret-store.ts';
import { withCheckedResponses } from '../../build/openapi/check-responses.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { createLogRecorder } from '../../doubles/create-log-recorder.ts';
import type { LogLine } from '../../doubles/create-log-recorder.ts';
import { createSecretList } from '../../doubles/create-secret-list.ts';
import { signHttpRequest } from '../../doubles/sign-http-request.ts';

const demo = { id: 'demo', secret: 'demo-secret' };
const origin = 'https://app.example';
const v1Path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/starcoder';
const listPath = '/wenxinworkshop/service/list';
const tokenPath = '/oauth/2.0/token?grant_type=client_credentials&client_id=demo&client_secret=demo-secret';

const post = (target: string, headers: Readonly<Record<string, string>> = {}): HttpRequest => ({
  ...createHttpRequest({ method: 'POST', target, body: '{}' }),
  headers,
});
const sign = (target: string): HttpRequest => signHttpRequest({ keys: demo, timestampMs: Date.now(), target });

/** Every way to prove who calls, and whether it is for the V1 dialect, whose errors have status 200. */
const proofs: readonly (readonly [proof: string, request: HttpRequest, isV1: boolean])[] = [
  ['an access_token', post(`${v1Path}?access_token=${issueAccessToken(demo, Date.now())}`), true],
  ['a signature', sign(v1Path), true],
  ['the origin of a page', post(v1Path, { origin }), true],
  ['a signature for the list', sign(listPath), false],
  ['the origin of a page for the list', post(listPath, { origin }), false],
  ['a Bearer key', post('/v1/completions', { authorization: 'Bearer demo-secret' }), false],
  ['the origin of a page in the OpenAI dialect', post('/v2/completions', { origin }), false],
  [
    'the origin of a page for the models',
    { ...createHttpRequest({ target: '/v1/models' }), headers: { origin } },
    false,
  ],
  ['id and secret', createHttpRequest({ target: tokenPath }), false],
];

async function ask(request: HttpRequest, read: SecretStore['read'], deadline?: AbortController) {
  const config = readCompletionConfig({
    CLIENTS_SECRET_ID: 'clients',
    TOKEN_SECRET_ID: 'unread',
    TOKEN_REFRESH_FUNCTION: 'unread',
    ALLOWED_ORIGINS: origin,
    ANONYMOUS_CLIENT: 'demo',
  });
  const { log, lines } = createLogRecorder();
  const options = createGatewayOptions(config, { ...createSecretList(), read });
  const gateway = withCheckedResponses(createGateway({ ...options, log }));
  const { signal } = deadline ?? new AbortController();
  const response = await gateway(request, { signal, deadlineMs: Infinity });
  return { response, lines };
}

/** What the route's dialect shows of an error, and its one log line. */
function show({ response, lines }: { response: HttpResponse; lines: readonly LogLine[] }): object {
  const { error_code } = JSON.parse(response.body as string) as { error_code?: number };
  return { status: response.status, error_code, lines };
}

describe.each(proofs)('a request proved by %s', (_proof, request, isV1) => {
  const shown = (code: string, status: number, error_code: number): object => {
    const fields = expect.objectContaining({ code, status: isV1 ? 200 : status, error_code }) as unknown;
    const line = { level: 'warn', message: 'request', fields };
    return isV1 ? { status: 200, error_code, lines: [line] } : { status, lines: [line] };
  };

  it('is answered at its deadline when the clients do not come', async () => {
    const deadline = new AbortController();
    const reason = new GatewayError('deadline_exceeded', 'The function reached its deadline');
    const read = (): Promise<never> => {
      setImmediate(() => deadline.abort(reason));
      return new Promise(() => undefined);
    };
    expect(show(await ask(request, read, deadline))).toMatchObject(shown('deadline_exceeded', 504, 336000));
  });

  it('may come again when the clients cannot be read', async () => {
    const asked = await ask(request, () => Promise.reject(new Error('throttled')));
    expect(show(asked)).toMatchObject(shown('service_unavailable', 503, 2));
    expect(asked.response.headers['Retry-After']).toBe('2');
    expect(asked.lines[0]?.fields['cause']).toMatch(/^Error/);
  });
});
