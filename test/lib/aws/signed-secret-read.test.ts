// Reading a secret with one signed request, and what the AWS SDK's client does when that brings none.
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { AwsAccess } from '../../../lib/config/aws-access.ts';
import { createSecretStore } from '../../../lib/aws/secret-store.ts';
import { createSignedSecretRead } from '../../../lib/aws/signed-secret-read.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const { signal } = new AbortController();
const environment = { ...process.env };
const secret = { SecretString: '{"a":1}', VersionId: 'v1' };
const requests: Received[] = [];
/** What is answered next; then the secret. An undefined one is never answered. */
const answers: (readonly [status: number, body: unknown] | undefined)[] = [];
let server: Server;
let access: AwsAccess;

beforeAll(async () => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push({ path: request.url ?? '', headers: request.headers, body: await readText(request) });
    server.emit('received');
    const next = answers.length === 0 ? ([200, secret] as const) : answers.shift();
    if (next === undefined) return;
    const [status, body] = next;
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'canary', sessionToken: 'session' };
  access = { region: 'us-east-1', credentials, secretsManagerUrl: new URL(url) };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
});

beforeEach(() => {
  requests.length = 0;
  answers.length = 0;
});

afterAll(() => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

const isOfClient = ({ headers }: Received): boolean => headers['user-agent']?.startsWith('aws-sdk-js/') ?? false;

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function computeAuthorization({ path, headers, body }: Received, { region, credentials }: AwsAccess): string {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const amzDate = String(headers['x-amz-date']);
  const signed = /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1] ?? '';
  const canonicalHeaders = signed.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonicalRequest = ['POST', path, '', canonicalHeaders.join(''), signed, sha256(body)].join('\n');
  const scope = `${amzDate.slice(0, 8)}/${region}/secretsmanager/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', amzDate, scope, sha256(canonicalRequest)].join('\n'));
  return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature.toString('hex')}`;
}

describe('createSignedSecretRead', () => {
  it('signs as AWS specifies it, and says which service and session it is for', async () => {
    await createSignedSecretRead(access)('名字/a', signal);
    const [request] = requests;
    if (request === undefined) throw new Error('There was no request');
    expect(request).toMatchObject({ path: '/', body: '{"SecretId":"名字/a"}' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
      'x-amz-security-token': 'session',
    });
    expect(request.headers.authorization).toBe(computeAuthorization(request, access));
    expect(request.headers.authorization).toMatch(/SignedHeaders=\S*host\S*x-amz-security-token;x-amz-target,/);
  });

  it('resolves with the parsed document and its version', async () => {
    expect(await createSignedSecretRead(access)('id', signal)).toEqual({ value: { a: 1 }, version: 'v1' });
  });

  it('has no value for a secret that is not JSON', async () => {
    answers.push([200, { ...secret, SecretString: 'canary' }]);
    expect(await createSignedSecretRead(access)('id', signal)).toEqual({ value: undefined, version: 'v1' });
  });

  it('reads a secret that was saved with a byte order mark and a line end', async () => {
    answers.push([200, { SecretString: '\uFEFF{"a":1}\n', VersionId: 'v1' }]);
    expect(await createSignedSecretRead(access)('id', signal)).toEqual({ value: { a: 1 }, version: 'v1' });
  });
});

describe('createSecretStore, given an access', () => {
  it('reads without the client', async () => {
    const store = createSecretStore(access);
    expect(await store.read('id', signal)).toEqual({ value: { a: 1 }, version: 'v1' });
    expect(await store.read('id', signal)).toEqual({ value: { a: 1 }, version: 'v1' });
    expect(requests.map(isOfClient)).toEqual([false, false]);
  });

  it.each([
    ['an error of the service', [500, { __type: 'InternalServiceError' }]],
    ['a throttling', [400, { __type: 'ThrottlingException' }]],
    ['a refused signature', [400, { __type: 'InvalidSignatureException' }]],
    ['what is not JSON', [200, '<html>']],
    ['what is no object', [200, '[]']],
    ['an answer without a text', [200, { SecretBinary: 'AAAA', VersionId: 'v1' }]],
    ['an answer without a version', [200, { SecretString: '1' }]],
    ['a body of more than a secret can be', [200, JSON.stringify(secret) + ' '.repeat(2_000_000)]],
  ] as const)('asks the client after %s', async (_case, answer) => {
    answers.push(answer);
    expect(await createSecretStore(access).read('id', signal)).toEqual({ value: { a: 1 }, version: 'v1' });
    expect(requests.map(isOfClient)).toEqual([false, true]);
  });

  it('finds nothing when the client finds nothing', async () => {
    answers.push([400, { __type: 'ResourceNotFoundException' }], [400, { __type: 'ResourceNotFoundException' }]);
    expect(await createSecretStore(access).read('id', signal)).toBeUndefined();
  });

  it('rejects with what the client says, and without the credentials', async () => {
    answers.push([400, { __type: 'AccessDeniedException' }], [400, { __type: 'AccessDeniedException' }]);
    const failure: unknown = await createSecretStore(access)
      .read('id', signal)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AccessDeniedException' });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  it('asks the client when the endpoint cannot be reached', async () => {
    const unreachable = { ...access, secretsManagerUrl: new URL('http://127.0.0.1:9') };
    expect(await createSecretStore(unreachable).read('id', signal)).toMatchObject({ version: 'v1' });
    expect(requests.map(isOfClient)).toEqual([true]);
  });

  it('asks the client when no answer comes, well before others lose their patience', async () => {
    answers.push(undefined);
    const impatient = AbortSignal.timeout(3_000);
    expect(await createSecretStore(access).read('id', impatient)).toMatchObject({ version: 'v1' });
    expect(requests.map(isOfClient)).toEqual([false, true]);
  });

  it('gives up with the reason of the signal, and does not ask the client then', async () => {
    answers.push(undefined);
    const controller = new AbortController();
    const reading = createSecretStore(access).read('id', controller.signal);
    await once(server, 'received');
    controller.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    expect(requests.map(isOfClient)).toEqual([false]);
  });

  it('writes with the client', async () => {
    answers.push([200, { VersionId: 'v2' }]);
    expect(await createSecretStore(access).write('id', { a: 2 })).toBe('v2');
    expect(requests.map(isOfClient)).toEqual([true]);
  });
});
