import type { Client } from '../../../lib/access/clients.ts';
import { verifySignature } from '../../../lib/access/verify-signature.ts';
import type { HttpRequest } from '../../../lib/core/http.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { signHttpRequest } from '../../doubles/sign-http-request.ts';
import type { SigningParts } from '../../doubles/sign-http-request.ts';

const shop: Client = { id: 'shop', secret: 'shop-secret', models: ['StarCoder'] };
const lab: Client = { id: 'lab', secret: 'lab-secret' };
const clients = createClientList(shop, lab);
const nowMs = Date.UTC(2026, 0, 1);
const target = '/prod/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/starcoder';

const sign = (parts: Partial<SigningParts> = {}): HttpRequest =>
  signHttpRequest({ keys: shop, timestampMs: nowMs, target, ...parts });
const { signal } = new AbortController();
const verify = (request: HttpRequest, atMs = nowMs) => verifySignature(request, clients, atMs, signal);
const withHeaders = (request: HttpRequest, headers: Readonly<Record<string, string>>): HttpRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});
const without = (request: HttpRequest, name: string): HttpRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([sent]) => sent !== name)),
});

describe('a signed request', () => {
  it('is of the client whose id is the Access Key', async () => {
    expect(await verify(sign())).toBe(shop);
    expect(await verify(sign({ keys: lab }))).toBe(lab);
  });

  it.each<[string, Partial<SigningParts>]>([
    ['headers beyond the host', { headers: { 'content-type': 'application/json', request_id: 'sdk-py-1' } }],
    ['a query', { target: `${target}?b=%E5%8D%83&a=1+2&a=` }],
    [
      'an empty list of headers',
      { signedHeaders: [], headers: { 'x-bce-date': '2026-01-01T00:00:00Z', 'content-length': '0' } },
    ],
    ['a host with a port', { headers: { host: 'gateway.example:8787' } }],
    ['a session token', { headers: { 'x-bce-security-token': 'sts' } }],
    ['the expiry of the Go and Python SDKs', { expirationInSeconds: 300 }],
  ])('may sign %s', async (_what, parts) => {
    expect(await verify(sign(parts))).toBe(shop);
  });

  it('may sign the host without the port it was sent with', async () => {
    expect(await verify(withHeaders(sign(), { host: 'gateway.example:8787' }))).toBe(shop);
  });

  it('may come with headers that are not signed', async () => {
    expect(await verify(withHeaders(sign(), { 'x-forwarded-for': '203.0.113.7', 'content-length': '0' }))).toBe(shop);
  });

  it('has no body to verify: only its length may be signed', async () => {
    const body = '{"prompt":"p"}';
    const request = sign({ body, headers: { 'content-length': '14' } });
    expect(await verify({ ...request, body: Buffer.from('{"prompt":"q"}') })).toBe(shop);
  });
});

describe('Content-Length', () => {
  const request = sign({ body: '{"prompt":"p"}', headers: { 'content-length': '14' } });

  it('is that of the body where a proxy has taken it away', async () => {
    expect(await verify(without(request, 'content-length'))).toBe(shop);
  });

  it('that a proxy has taken away from another body is not the signed one', async () => {
    const longer = { ...without(request, 'content-length'), body: Buffer.from('{"prompt":"pp"}') };
    expect(await verify(longer)).toBe('signature_mismatch');
  });

  it('counts as sent, if it was', async () => {
    expect(await verify(withHeaders(request, { 'content-length': '15' }))).toBe('signature_mismatch');
  });

  it('is no part of a signature over the default headers of a request that has none', async () => {
    const chunked = sign({ body: '{"prompt":"p"}', signedHeaders: [], headers: { 'transfer-encoding': 'chunked' } });
    expect(await verify(chunked)).toBe(shop);
  });
});

describe('a request without a signature', () => {
  it.each([
    undefined,
    '',
    'Bearer shop-secret',
    'Basic c2hvcDpzaG9wLXNlY3JldA==',
    'bce-auth-v2/shop/2026-01-01T00:00:00Z/1800/host/0',
    'BCE-AUTH-V1/shop/2026-01-01T00:00:00Z/1800/host/0',
    'bce-auth-v1',
  ])('is one whose Authorization is %j', async (authorization) => {
    const headers = authorization === undefined ? {} : { host: 'gateway.example', authorization };
    expect(await verify({ ...createHttpRequest({ method: 'POST', target }), headers })).toBe('missing');
  });
});

describe('a request is not signed well when', () => {
  const signature = '0'.repeat(64);

  it.each([
    [
      'its Authorization has a bad field',
      'malformed',
      withHeaders(sign(), { authorization: 'bce-auth-v1/shop/now/1/host/0' }),
    ],
    [
      'its Authorization is too long',
      'malformed',
      withHeaders(sign(), { authorization: `bce-auth-v1/${'x'.repeat(4_096)}` }),
    ],
    [
      'it has two Authorizations',
      'malformed',
      withHeaders(sign(), { authorization: `${sign().headers['authorization']}, x` }),
    ],
    ['its Access Key is nobody’s', 'unknown_access_key', sign({ keys: { ...shop, id: 'nobody' } })],
    ['its Access Key is a name of objects', 'unknown_access_key', sign({ keys: { id: '__proto__', secret: '' } })],
    ['its Secret Key is of another', 'signature_mismatch', sign({ keys: { ...lab, id: 'shop' } })],
    [
      'it does not sign the host',
      'host_not_signed',
      sign({ headers: { 'x-bce-date': 'd' }, signedHeaders: ['x-bce-date'] }),
    ],
    ['it comes without the host it signed', 'host_not_signed', without(sign(), 'host')],
    ['its method is another', 'signature_mismatch', { ...sign(), method: 'GET' }],
    ['its path lacks the prefix', 'signature_mismatch', { ...sign(), path: target.replace('/prod', '') }],
    ['its query is another', 'signature_mismatch', { ...sign(), query: [['access_token', 'x']] as const }],
    ['its host is another', 'signature_mismatch', withHeaders(sign(), { host: 'aip.baidubce.com' })],
    [
      'its signature is made up',
      'signature_mismatch',
      withHeaders(sign(), { authorization: `bce-auth-v1/shop/2026-01-01T00:00:00Z/1800/host/${signature}` }),
    ],
  ])('%s: %s', async (_what, fault, request) => {
    expect(await verify(request)).toBe(fault);
  });
});

describe('the time window', () => {
  it.each([
    [-300_001, 'not_yet_valid'],
    [-300_000, shop],
    [2_100_000, shop],
    [2_100_001, 'expired'],
  ])('of 1800 s, give or take 5 minutes, at %d ms', async (offsetMs, expected) => {
    expect(await verify(sign(), nowMs + offsetMs)).toBe(expected);
  });

  it('ends sooner when the signature says so: it cannot be replayed later', async () => {
    const request = sign({ expirationInSeconds: 1 });
    expect(await verify(request, nowMs + 301_000)).toBe(shop);
    expect(await verify(request, nowMs + 301_001)).toBe('expired');
  });
});

it('passes on that the clients cannot be read', async () => {
  const broken = { ...clients, find: () => Promise.reject(new Error('no secret')) };
  await expect(verifySignature(sign(), broken, nowMs, signal)).rejects.toThrow('no secret');
});
