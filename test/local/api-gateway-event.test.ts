// Requests become the events that a REST API of API Gateway sends.
import { createServer } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createProxyEvent } from '../../local/api-gateway-event.ts';
import { listenLocally, stopServer } from '../../local/http-server.ts';
import { readBody } from '../../local/read-body.ts';
import { sendRaw } from './raw-client.ts';

const server = createServer((request, response) => {
  void readBody(request, 1_000).then((body) =>
    response.end(JSON.stringify(createProxyEvent(request, body ?? Buffer.alloc(0)))),
  );
});
let url = '';

beforeAll(async () => {
  url = await listenLocally(server, 0);
});
afterAll(() => stopServer(server, 0));

async function toEvent(target: string, headers: readonly string[] = [], body: Buffer | string = '') {
  const size = Buffer.byteLength(body);
  const lines = [`POST ${target} HTTP/1.1`, 'Host: gateway.test:1', 'Connection: close', `Content-Length: ${size}`];
  const received = await (await sendRaw(url, [...lines, ...headers], body)).waitForEnd();
  const json = Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1').toString('utf8');
  return JSON.parse(json) as APIGatewayProxyEvent;
}

it('keeps the path as sent and names the proxy resource', async () => {
  const event = await toEvent('/prod/a%2Fb/%E4%BD%A0?x=1');
  expect(event).toMatchObject({
    httpMethod: 'POST',
    path: '/prod/a%2Fb/%E4%BD%A0',
    resource: '/{proxy+}',
    pathParameters: { proxy: 'prod/a%2Fb/%E4%BD%A0' },
    stageVariables: null,
  });
});

it('names the root resource for the root path', async () => {
  expect(await toEvent('/')).toMatchObject({ path: '/', resource: '/', pathParameters: null });
});

it('takes the path of an absolute request target', async () => {
  expect(await toEvent('http://elsewhere.test/v1?a=b')).toMatchObject({
    path: '/v1',
    queryStringParameters: { a: 'b' },
  });
});

it('decodes the query as a form, the last value winning in the single-valued map', async () => {
  const event = await toEvent('/x?a=1&a=2&b=%E4%BD%A0+%2B&c&d=e=f');
  expect(event.queryStringParameters).toEqual({ a: '2', b: '你 +', c: '', d: 'e=f' });
  expect(event.multiValueQueryStringParameters).toEqual({ a: ['1', '2'], b: ['你 +'], c: [''], d: ['e=f'] });
});

it.each(['/x', '/x?'])('has no query parameters for %s', async (target) => {
  const event = await toEvent(target);
  expect([event.queryStringParameters, event.multiValueQueryStringParameters]).toEqual([null, null]);
});

it('keeps the spelling of header names and gathers repeated ones whatever their case', async () => {
  const event = await toEvent('/', ['X-cUSTOM: 1', 'x-custom: 2', 'AUTHORIZATION: bce-auth-v1/a']);
  expect(event.headers).toMatchObject({ 'X-cUSTOM': '2', AUTHORIZATION: 'bce-auth-v1/a', Host: 'gateway.test:1' });
  expect(event.multiValueHeaders).toMatchObject({ 'X-cUSTOM': ['1', '2'], AUTHORIZATION: ['bce-auth-v1/a'] });
  expect(event.headers).not.toHaveProperty('x-custom');
});

it('treats header and parameter names of the object prototype as any other', async () => {
  const event = await toEvent('/?__proto__=a', ['__proto__: b']);
  expect(Object.entries(event.queryStringParameters ?? {})).toEqual([['__proto__', 'a']]);
  expect(Object.keys(event.headers)).toContain('__proto__');
});

it.each([
  ['text', '{"prompt":"你好"}', '{"prompt":"你好"}', false],
  ['bytes', Buffer.from([0xff, 0xfe, 0x00]), '//4A', true],
  ['nothing', '', null, false],
] as const)('passes a body of %s', async (_title, sent, body, isBase64Encoded) => {
  expect(await toEvent('/', [], sent)).toMatchObject({ body, isBase64Encoded });
});

it('describes the request in its context', async () => {
  const { requestContext } = await toEvent('/v1/x?y=z', ['User-Agent: tester']);
  expect(requestContext).toMatchObject({
    domainName: 'gateway.test:1',
    httpMethod: 'POST',
    path: '/v1/x',
    protocol: 'HTTP/1.1',
    resourcePath: '/{proxy+}',
    stage: 'local',
    identity: { sourceIp: '127.0.0.1', userAgent: 'tester' },
  });
  expect(requestContext.requestId).not.toBe((await toEvent('/')).requestContext.requestId);
});
