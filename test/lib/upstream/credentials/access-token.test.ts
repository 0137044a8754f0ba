import { GatewayError } from '../../../../lib/core/errors.ts';
import type { AccessToken, AccessTokens } from '../../../../lib/token/access-tokens.ts';
import {
  createAccessTokenCredentials,
  createBearerTokenCredentials,
} from '../../../../lib/upstream/credentials/access-token.ts';
import { anyRequest, createExchange, json } from '../../../doubles/create-exchange.ts';
import type { Reply } from '../../../doubles/create-exchange.ts';

const token = (value: string): AccessToken => ({ value, expiresAtMs: Infinity, version: value });

/** Holds `old`, and `new` as its replacement. */
function createTokens(): AccessTokens & { readonly replaced: string[] } {
  const replaced: string[] = [];
  return {
    replaced,
    get: async () => token('old'),
    replace: async (rejected) => {
      replaced.push(rejected.value);
      return token('new');
    },
  };
}

/** Refuses some tokens with these V1 numbers, and quotes them. */
const refusing =
  (refused: Readonly<Record<string, number>>): Reply =>
  (request, signal) => {
    const value = request.url.searchParams.get('access_token') ?? '';
    const number = refused[value];
    const body = number === undefined ? { result: 'ok' } : { error_code: number, error_msg: `token ${value} refused` };
    return json(body)(request, signal);
  };

function createV1Exchange(refused: Readonly<Record<string, number>>, retryCount = 0) {
  const tokens = createTokens();
  const exchange = createExchange({ credentials: createAccessTokenCredentials(tokens), retryCount });
  exchange.answerWith(refusing(refused));
  const seen = () => exchange.requests.map(({ url }) => url.searchParams.get('access_token'));
  return { ...exchange, tokens, seen };
}

describe('the access_token of V1', () => {
  it('is put into the query', async () => {
    const { upstream, call, requests, seen } = createV1Exchange({});
    await expect(upstream.complete(anyRequest, call())).resolves.toMatchObject({ text: 'ok' });
    expect(seen()).toEqual(['old']);
    expect(requests[0]?.headers).not.toHaveProperty('Authorization');
  });

  it('leaves the request that it is put into as it is', async () => {
    const credential = await createAccessTokenCredentials(createTokens()).get(new AbortController().signal);
    const request = { method: 'POST', url: new URL('http://upstream/path'), headers: {}, body: '' } as const;
    expect(credential.authorize(request).url.search).toBe('?access_token=old');
    expect(request.url.search).toBe('');
  });

  it.each([100, 110, 111])('is replaced on %i, and the request is replayed once', async (number) => {
    const { upstream, call, tokens, seen } = createV1Exchange({ old: number });
    let attempts = 0;
    const observer = { onAttempt: () => void (attempts += 1) };
    await expect(upstream.complete(anyRequest, call({ observer }))).resolves.toMatchObject({ text: 'ok' });
    expect(seen()).toEqual(['old', 'new']);
    expect(tokens.replaced).toEqual(['old']);
    // It is one attempt: the upstream did nothing for the first token.
    expect(attempts).toBe(1);
  });

  it('is replaced for a stream request as well', async () => {
    const { upstream, call, seen } = createV1Exchange({ old: 111 });
    await upstream.stream(anyRequest, call());
    expect(seen()).toEqual(['old', 'new']);
  });

  it('is given up when the replacement is refused too', async () => {
    const { upstream, call, seen } = createV1Exchange({ old: 110, new: 110 });
    await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({
      code: 'upstream_auth_failed',
      cause: expect.objectContaining({ code: 'access_token_invalid' }),
    });
    expect(seen()).toEqual(['old', 'new']);
  });

  it('is kept for other errors, and taken out of their message', async () => {
    const { upstream, call, seen } = createV1Exchange({ old: 336100 });
    await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({
      code: 'high_load',
      message: 'token [redacted] refused',
    });
    expect(seen()).toEqual(['old']);
  });

  it('that replaced another one is taken out of the message too', async () => {
    const { upstream, call } = createV1Exchange({ old: 110, new: 336100 });
    await expect(upstream.complete(anyRequest, call())).rejects.toMatchObject({ message: 'token [redacted] refused' });
  });

  it('that cannot be had is the error of the request', async () => {
    const failure = new GatewayError('service_token_failed', 'no token');
    const tokens: AccessTokens = { ...createTokens(), get: () => Promise.reject(failure) };
    const { upstream, call, requests } = createExchange({ credentials: createAccessTokenCredentials(tokens) });
    await expect(upstream.complete(anyRequest, call())).rejects.toBe(failure);
    expect(requests).toEqual([]);
  });
});

describe('the short-lived token of V2', () => {
  it('is a Bearer token, replaced when the upstream refuses a key', async () => {
    const credentials = createBearerTokenCredentials(createTokens());
    const { upstream, call, requests, answerWith } = createExchange({ credentials });
    answerWith(json({}, { status: 401 }), json({ result: 'ok' }));
    await expect(upstream.complete(anyRequest, call())).resolves.toMatchObject({ text: 'ok' });
    expect(requests.map(({ headers, url }) => [headers['Authorization'], url.search])).toEqual([
      ['Bearer old', ''],
      ['Bearer new', ''],
    ]);
  });
});
