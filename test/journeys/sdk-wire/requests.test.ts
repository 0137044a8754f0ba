// The requests of the wire replays are those of the SDKs to the letter, and their known variants are served as well.
import { formatTimestamp, signRequest } from '../../../lib/signing/sign.ts';
import { openRawConnection } from '../../servers/raw-connection.ts';
import type { RawConnection } from '../../servers/raw-connection.ts';
import { go } from './go-wire.ts';
import { java, writeSignedCompletion as writeJava } from './java-wire.ts';
import { python, pythonRequestId, writeSignedCompletion as writePython } from './python-wire.ts';
import { completionsPath } from './sdk-wire.ts';
import { startLocalRun } from '../../servers/start-local-run.ts';
import type { LocalRun } from '../../servers/start-local-run.ts';
import { writeRequest } from '../../servers/write-request.ts';
import type { HeaderList } from '../../servers/write-request.ts';

const keys = { id: 'shop', secret: 'a+b/c=d' };
const ask = { endpoint: 'sqlcoder_7b', prompt: '1 < 2 & 京', stream: false };
const base = 'http://gateway:8787/prod';
const path = '/prod/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/sqlcoder_7b';

/** A signed request without what differs from one second to the next. */
const withoutSignature = (request: string): string =>
  request.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME').replace(/[0-9a-f]{64}/, 'SIGNATURE');

describe('the bytes of a request', () => {
  it.each([
    [
      'Python, token',
      python.writeTokenRequest(base, keys),
      `POST /prod/oauth/2.0/token?grant_type=client_credentials&client_id=shop&client_secret=a%2Bb%2Fc%3Dd HTTP/1.1\r\nHost: gateway:8787\r\nUser-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}`,
    ],
    [
      'Python, completion',
      withoutSignature(python.writeCompletionRequest(base, { keys }, ask)),
      `POST ${path} HTTP/1.1\r\nUser-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nHost: gateway:8787\r\nRequest_id: sdk-py-0.4.12.3-abcdefgh12345678\r\nx-bce-date: TIME\r\nAuthorization: bce-auth-v1/shop/TIME/300/x-bce-date;request_id;content-type;host/SIGNATURE\r\nContent-Length: 113\r\n\r\n{"prompt": "1 < 2 & \\u4eac", "stream": false, "extra_parameters": {"request_source": "qianfan_py_sdk_v0.4.12.3"}}`,
    ],
    [
      'Go, token',
      go.writeTokenRequest(base, keys),
      `POST /prod/oauth/2.0/token?client_id=shop&client_secret=a%2Bb%2Fc%3Dd&grant_type=client_credentials HTTP/1.1\r\nHost: gateway:8787\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 4\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\nnull`,
    ],
    [
      'Go, list',
      withoutSignature(go.writeListRequest(base, keys)),
      `POST /prod/wenxinworkshop/service/list HTTP/1.1\r\nHost: gateway:8787\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 2\r\nAuthorization: bce-auth-v1/shop/TIME/300/content-type;host;request-source;x-bce-date/SIGNATURE\r\nContent-Type: application/json\r\nRequest-Source: qianfan_go_sdk_v0.0.15\r\nX-Bce-Date: TIME\r\nAccept-Encoding: gzip\r\n\r\n{}`,
    ],
    [
      'Go, completion',
      go.writeCompletionRequest(base, { accessToken: '24.t' }, { ...ask, stream: true }),
      `POST ${path}?access_token=24.t HTTP/1.1\r\nHost: gateway:8787\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 111\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n{"extra_parameters":{"request_source":"qianfan_go_sdk_v0.0.15"},"prompt":"1 \\u003c 2 \\u0026 京","stream":true}`,
    ],
    [
      'Java, token',
      java.writeTokenRequest(base, keys),
      `GET /prod/oauth/2.0/token?grant_type=client_credentials&client_id=shop&client_secret=a+b/c=d HTTP/1.1\r\nAccept-Encoding: gzip, x-gzip, deflate\r\nHost: gateway:8787\r\nConnection: keep-alive\r\nUser-Agent: Apache-HttpClient/5.2.1 (Java/17.0.15)\r\n\r\n`,
    ],
    [
      'Java, completion',
      withoutSignature(java.writeCompletionRequest(base, { keys }, { ...ask, model: 'SQLCoder-7B' })),
      `POST ${path} HTTP/1.1\r\nAuthorization: bce-auth-v1/shop/TIME/1800/host;x-bce-date/SIGNATURE\r\nX-Bce-Date: TIME\r\nAccept-Encoding: gzip, x-gzip, deflate\r\nContent-Length: 148\r\nContent-Type: application/json; charset=UTF-8\r\nHost: gateway:8787\r\nConnection: keep-alive\r\nUser-Agent: Apache-HttpClient/5.2.1 (Java/17.0.15)\r\n\r\n{"prompt":"1 \\u003c 2 \\u0026 京","stream":false,"model":"SQLCoder-7B","extra_parameters":{"request_source":"qianfan_java_sdk_v0.1.6"},"headers":{}}`,
    ],
  ])('%s, is as the SDK sends it', (_what, request, expected) => {
    expect(request).toBe(expected);
  });
});

describe('a variant of a request', () => {
  let local: LocalRun;
  let connection: RawConnection;

  beforeAll(async () => {
    local = await startLocalRun({ CLIENTS: JSON.stringify([keys]) });
    connection = await openRawConnection(local.url);
  });

  afterAll(async () => {
    connection.close();
    await local.stop();
  });

  const post = async (target: string, headers: HeaderList, body: string) =>
    connection.exchange(writeRequest('POST', target, [['Host', new URL(local.url).host], ...headers], body));

  const tokenTarget = '/oauth/2.0/token?client_secret=a%2Bb%2Fc%3Dd&grant_type=client_credentials&client_id=shop';

  it.each(['{}', 'null', '""', ''])('asks for a token with the body %j', async (body) => {
    const answer = await post(tokenTarget, [['Content-Length', String(body.length)]], body);
    expect(go.readToken(answer)).toMatch(/^24\./);
  });

  it.each([
    'application/json',
    'application/json; charset=UTF-8',
    'application/x-www-form-urlencoded',
    'text/plain;charset=UTF-8',
    undefined,
  ])('has the Content-Type %s', async (type) => {
    const token = go.readToken(await post(tokenTarget, [['Content-Length', '0']], ''));
    const body = '{"prompt":"p","stream":null,"unknown":{"a":[]},"extra_parameters":{},"headers":{}}';
    const headers: HeaderList = [
      ['Content-Length', String(body.length)],
      ...(type ? [['Content-Type', type] as const] : []),
    ];
    const answer = await post(`${completionsPath}/starcoder?access_token=${token}`, headers, body);
    expect(go.readCompletion(answer).results).toHaveLength(1);
  });

  const names = ['content-type', 'host', 'request_id', 'x-bce-date'];
  const orders = names.flatMap((first) =>
    names.flatMap((second) => {
      const rest = names.filter((name) => name !== first && name !== second);
      return first === second ? [] : [rest, rest.toReversed()].map((tail) => [first, second, ...tail]);
    }),
  );

  it('names the signed headers in any of their orders (Python)', async () => {
    expect(orders).toHaveLength(24);
    for (const order of orders) {
      const answer = await connection.exchange(writePython(local.url, keys, ask, order));
      expect(python.readCompletion(answer)).toMatchObject({ results: [{}] });
      expect(answer.headers).toContainEqual(['X-Baidu-Request-Id', pythonRequestId]);
    }
  });

  it.each([
    [0, 0, 1],
    [0, 1, 1],
    [0, 0, 2],
  ])('reads the clock %i, %i and %i s after the start (Java)', async (...seconds) => {
    const nowMs = Math.floor(Date.now() / 1_000) * 1_000;
    const [authorizationMs = 0, canonicalDateMs = 0, headerDateMs = 0] = seconds.map((after) => nowMs + after * 1_000);
    const clock = { authorizationMs, canonicalDateMs, headerDateMs };
    const answer = await connection.exchange(writeJava(local.url, keys, ask, clock));
    expect(java.readCompletion(answer)).toMatchObject({ results: [{}] });
  });

  it.each([
    ['with the port', '127.0.0.1:PORT', ['host', 'content-length']],
    ['without the port', '127.0.0.1', ['host', 'content-length']],
    ['with the default set of headers', '127.0.0.1:PORT', []],
    ['with the default set, without the port', '127.0.0.1', []],
  ])('signs the host %s', async (_what, form, signedHeaders) => {
    const body = JSON.stringify({ prompt: 'p' });
    const timestampMs = Date.now();
    const sent: HeaderList = [
      ['Content-Type', 'application/json'],
      ['Content-Length', String(body.length)],
      ['x-bce-date', formatTimestamp(timestampMs)],
    ];
    const host = form.replace('PORT', new URL(local.url).port);
    const target = `${completionsPath}/starcoder`;
    const authorization = signRequest(
      { method: 'POST', path: target, query: [], headers: [['host', host], ...sent] },
      { accessKeyId: keys.id, secretAccessKey: keys.secret },
      { timestampMs, signedHeaders },
    );
    const answer = await post(target, [...sent, ['Authorization', authorization]], body);
    expect(go.readCompletion(answer)).toMatchObject({ results: [{}] });
  });
});
