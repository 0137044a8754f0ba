import type { Caller } from '../../../lib/core/caller.ts';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { createAuthenticator } from '../../../lib/access/authenticate.ts';
import type { AuthenticatorOptions } from '../../../lib/access/authenticate.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Client } from '../../../lib/access/clients.ts';
import { createCors } from '../../../lib/access/cors.ts';
import type { HttpRequest } from '../../../lib/core/http.ts';
import { createClientList } from '../../doubles/create-client-list.ts';
import { createFakeClock } from '../../doubles/create-fake-clock.ts';
import { createHttpRequest } from '../../doubles/create-http-request.ts';
import { signHttpRequest } from '../../doubles/sign-http-request.ts';
import type { SigningParts } from '../../doubles/sign-http-request.ts';

const shop: Client = { id: 'shop', secret: 'shop-secret' };
const lab: Client = { id: 'lab', secret: 'lab-secret' };
const page: Client = { id: 'page', secret: 'page-secret', models: ['StarCoder'] };
const clients = createClientList(shop, lab, page);
const clock = createFakeClock();
const { signal } = new AbortController();
const app = 'https://app.example';
const path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/starcoder';
const lifetimeMs = 2_592_000_000;

const create = (options: Partial<AuthenticatorOptions> = {}) =>
  createAuthenticator({ clients, cors: createCors([app]), anonymousClientId: undefined, clock, ...options });
const strict = create();
const open = create({ anonymousClientId: 'page' });

const tokenOf = (client: Client, issuedAtMs = clock.now()): string => issueAccessToken(client, issuedAtMs);
const call = (query = '', headers: Readonly<Record<string, string>> = {}): HttpRequest => ({
  ...createHttpRequest({ method: 'POST', target: `${path}${query === '' ? '' : `?${query}`}` }),
  headers,
});
const withToken = (client: Client, headers = {}): HttpRequest => call(`access_token=${tokenOf(client)}`, headers);
const sign = (parts: Partial<SigningParts> = {}): HttpRequest =>
  signHttpRequest({ keys: shop, timestampMs: clock.now(), target: path, ...parts });
const wrongKeys = { ...shop, secret: 'wrong' };

describe('a model call', () => {
  it.each([
    ['by access_token', withToken(shop), shop],
    ['by access_token beside other parameters', call(`a=&access_token=${tokenOf(shop)}&b=1`), shop],
    [
      'by a token a second before its end',
      call(`access_token=${tokenOf(shop, clock.now() - lifetimeMs + 1_000)}`),
      shop,
    ],
    ['by access_token beside another scheme', withToken(shop, { authorization: 'Bearer x' }), shop],
    ['by signature', sign(), shop],
    ['by signature of another client', sign({ keys: lab }), lab],
    [
      'by signature, which comes before a good access_token',
      sign({ target: `${path}?access_token=${tokenOf(lab)}` }),
      shop,
    ],
    ['by signature, which comes before a bad access_token', sign({ target: `${path}?access_token=bad` }), shop],
  ])('is authenticated %s', async (_how, request, client) => {
    expect(await strict.authenticateCall(request, signal)).toBe(client);
  });

  it.each<[string, HttpRequest, object]>([
    ['no credentials', call(), { errorCode: 110, message: expect.stringMatching(/^Access token missing/) }],
    ['another scheme', call('', { authorization: 'Basic eDp5' }), { errorCode: 110 }],
    ['a bad token', call('access_token=24.x'), { errorCode: 110, message: 'Access token invalid or no longer valid' }],
    ['a token that has expired', call(`access_token=${tokenOf(shop, clock.now() - lifetimeMs)}`), { errorCode: 111 }],
    ['an empty token', call('access_token='), { errorCode: 100, message: expect.stringContaining('access_token') }],
    ['a token twice', call(`access_token=${tokenOf(shop)}&access_token=${tokenOf(shop)}`), { errorCode: 100 }],
    ['an empty token and a good signature', sign({ target: `${path}?access_token=` }), { errorCode: 100 }],
    ['a bad signature', sign({ keys: wrongKeys }), { errorCode: 14, message: 'IAM Certification failed' }],
    [
      'an unknown Access Key',
      sign({ keys: { ...shop, id: 'x' } }),
      { errorCode: 14, message: 'IAM Certification failed' },
    ],
    [
      'a bad signature and a good token',
      sign({ keys: wrongKeys, target: `${path}?access_token=${tokenOf(shop)}` }),
      { errorCode: 14, message: 'IAM Certification failed' },
    ],
    [
      'an ill-formed signature and a good token',
      withToken(shop, { authorization: 'bce-auth-v1/' }),
      { errorCode: 14, message: expect.stringContaining('not of the form bce-auth-v1/') },
    ],
    [
      'a signature that has expired',
      sign({ timestampMs: clock.now() - 2_100_001 }),
      { errorCode: 14, message: 'IAM Certification failed: the signature has expired' },
    ],
    [
      'a signature of the future',
      sign({ timestampMs: clock.now() + 301_000 }),
      { errorCode: 14, message: 'IAM Certification failed: the timestamp is in the future' },
    ],
    [
      'a signature without the host',
      sign({ headers: { 'x-bce-date': 'd' }, signedHeaders: ['x-bce-date'] }),
      { errorCode: 14, message: 'IAM Certification failed: the host must be signed' },
    ],
  ])('is refused with %s', async (_what, request, error) => {
    await expect(strict.authenticateCall(request, signal)).rejects.toMatchObject({ name: 'GatewayError', ...error });
  });
});

describe('a request that only a signature can prove', () => {
  it('is of the client that signed it', async () => {
    expect(await strict.authenticateSigned(sign(), signal)).toBe(shop);
  });

  it.each([
    ['missing', withToken(shop)],
    ['missing', call('', { authorization: 'Bearer shop-secret' })],
    ['malformed', call('', { authorization: 'bce-auth-v1/' })],
    ['unknown_access_key', sign({ keys: { ...shop, id: 'x' } })],
    ['signature_mismatch', sign({ keys: wrongKeys })],
    ['expired', sign({ timestampMs: clock.now() - 2_100_001 })],
    ['not_yet_valid', sign({ timestampMs: clock.now() + 301_000 })],
  ])('is faulty: %s', async (fault, request) => {
    expect(await strict.authenticateSigned(request, signal)).toBe(fault);
  });
});

describe('the anonymous client', () => {
  const unsigned = call('', { origin: app });

  it('is who calls from a page of an allowed origin without credentials', async () => {
    expect(await open.authenticateCall(unsigned, signal)).toBe(page);
    expect(await open.authenticateSigned(unsigned, signal)).toBe(page);
  });

  it.each([
    ['another origin', open, call('', { origin: 'https://evil.example' })],
    ['no origin', open, call()],
    ['the origin null', open, call('', { origin: 'null' })],
    ['a gateway without allowed origins', create({ anonymousClientId: 'page', cors: createCors([]) }), unsigned],
    ['a gateway that names no such client', strict, unsigned],
    ['a gateway whose client does not exist', create({ anonymousClientId: 'gone' }), unsigned],
    ['a gateway whose client is a name of objects', create({ anonymousClientId: '__proto__' }), unsigned],
  ])('is nobody for %s', async (_what, authenticator, request) => {
    await expect(authenticator.authenticateCall(request, signal)).rejects.toMatchObject({ errorCode: 110 });
    expect(await authenticator.authenticateSigned(request, signal)).toBe('missing');
  });

  it.each([
    ['a good signature', sign({ headers: { origin: app } }), shop],
    ['a good token', withToken(lab, { origin: app }), lab],
  ])('is not who calls with %s', async (_what, request, client) => {
    expect(await open.authenticateCall(request, signal)).toBe(client);
  });

  it.each([
    ['a bad signature', sign({ keys: wrongKeys, headers: { origin: app } }), 14],
    ['an ill-formed signature', call('', { origin: app, authorization: 'bce-auth-v1/x' }), 14],
    ['a bad token', call('access_token=x', { origin: app }), 110],
    ['a token that has expired', call(`access_token=${tokenOf(shop, clock.now() - lifetimeMs)}`, { origin: app }), 111],
    ['an empty token', call('access_token=', { origin: app }), 100],
  ])('does not stand in for %s', async (_what, request, errorCode) => {
    await expect(open.authenticateCall(request, signal)).rejects.toMatchObject({ errorCode });
  });

  it('does not stand in for a bad signature of the list', async () => {
    expect(await open.authenticateSigned(sign({ keys: wrongKeys, headers: { origin: app } }), signal)).toBe(
      'signature_mismatch',
    );
  });
});

it('passes on that the clients cannot be read', async () => {
  const broken = { ...clients, find: () => Promise.reject(new Error('no secret')) };
  const authenticator = create({ clients: broken, anonymousClientId: 'page' });
  for (const request of [withToken(shop), sign(), call('', { origin: app })]) {
    await expect(authenticator.authenticateCall(request, signal)).rejects.toThrow('no secret');
  }
});

describe('an end user with a token', () => {
  const user: Caller = { id: 'user:u', userId: 'u' };
  const seen: unknown[] = [];
  const signIn = create({
    anonymousClientId: 'page',
    verifyUser: async (...verified) => {
      seen.push(...verified);
      if (verified[0] !== 'eyJ.eyJ.good') throw new GatewayError('access_token_expired', 'The token has expired');
      return user;
    },
  });
  const methods = ['authenticateCall', 'authenticateBearer', 'authenticateSigned'] as const;

  it.each(methods)('is who calls, whoever else the request names: %s', async (method) => {
    seen.length = 0;
    const request = withToken(lab, { origin: app, authorization: 'Bearer eyJ.eyJ.good' });
    expect(await signIn[method](request, signal)).toBe(user);
    expect(seen).toEqual(['eyJ.eyJ.good', signal]);
  });

  it.each(methods)('is nobody else when the token does not hold: %s', async (method) => {
    const request = withToken(lab, { origin: app, authorization: 'Bearer eyJ.eyJ.bad' });
    await expect(signIn[method](request, signal)).rejects.toMatchObject({ code: 'access_token_expired' });
  });

  it('is unknown where no issuer is configured', async () => {
    const request = call('', { authorization: 'Bearer eyJ.eyJ.good' });
    expect(await strict.authenticateSigned(request, signal)).toBe('missing');
  });
});
