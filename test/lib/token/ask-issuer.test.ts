import type { ServerResponse } from 'node:http';
import { GatewayError } from '../../../lib/core/errors.ts';
import { askIssuer, createIssuerError } from '../../../lib/token/ask-issuer.ts';
import { createTransport } from '../../../lib/http-client/transport.ts';
import { startHttpServer } from '../../servers/start-http-server.ts';
import type { TestServer } from '../../servers/start-http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Limits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function ask(respond: (response: ServerResponse) => void, limits: Limits = {}) {
  server = await startHttpServer((_request, response) => respond(response));
  const issuer = { name: 'The issuer', transport: createTransport(), timeoutMs: limits.timeoutMs };
  const request = { method: 'GET', url: new URL(server.url), headers: {}, body: '' } as const;
  return askIssuer(issuer, request, limits.signal ?? new AbortController().signal);
}

const startBody = (response: ServerResponse): void => {
  response.writeHead(200, { 'Content-Length': 100 }).write('{"token":');
};
const silence = (): void => undefined;

describe('askIssuer', () => {
  it.each([
    ['JSON', '{"a":1}', { a: 1 }],
    ['anything else as nothing', '<html>', undefined],
    ['what is too long as nothing', `"${'x'.repeat(65_536)}"`, undefined],
  ])('reads %s', async (_what, body, expected) => {
    await expect(ask((response) => void response.writeHead(502).end(body))).resolves.toEqual({
      status: 502,
      body: expected,
    });
  });

  it.each([
    ['is silent', silence],
    ['sends half an answer and is silent then', startBody],
  ])('does not wait for an issuer that %s', async (_what, respond) => {
    await expect(ask(respond, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: 'The issuer did not answer within 0.05 s',
    });
  });

  it.each([
    ['before it answers', (response: ServerResponse) => void response.destroy()],
    [
      'in the middle of its answer',
      (response: ServerResponse) => {
        startBody(response);
        setImmediate(() => response.destroy());
      },
    ],
  ])('calls an issuer that closes the connection %s unreachable', async (_when, respond) => {
    await expect(ask(respond)).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it.each([
    ['the head', silence],
    ['the body', startBody],
  ])('throws the reason when it is ended while it waits for %s', async (_what, respond) => {
    const controller = new AbortController();
    const reason = new GatewayError('deadline_exceeded', 'The function reached its deadline');
    const asking = ask(
      (response) => {
        respond(response);
        setImmediate(() => controller.abort(reason));
      },
      { signal: controller.signal },
    );
    await expect(asking).rejects.toBe(reason);
  });
});

describe('createIssuerError', () => {
  const issuer = { name: 'The issuer', transport: createTransport() };

  it.each([
    [401, 'invalid_client', 'service_token_failed', 'The issuer refused to issue a token (invalid_client)'],
    [200, 'invalid_client', 'service_token_failed', 'The issuer refused to issue a token (invalid_client)'],
    [200, undefined, 'upstream_invalid_response', 'The issuer answered HTTP 200 without a valid token'],
    [302, undefined, 'upstream_invalid_response', 'The issuer answered HTTP 302 without a valid token'],
    [500, undefined, 'upstream_http_error', 'The issuer answered HTTP 500 without a valid token'],
    [503, 'Busy', 'upstream_http_error', 'The issuer answered HTTP 503 without a valid token (Busy)'],
  ])('of HTTP %d with the reason %s is %s', (status, reason, code, message) => {
    expect(createIssuerError(issuer, status, reason)).toMatchObject({ code, message });
  });
});
