import type { Caller } from '../../../../lib/core/caller.ts';
import { base64url, exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import { GatewayError } from '../../../../lib/core/errors.ts';
import { createLazySignIn } from '../../../../lib/access/sign-in/lazy-sign-in.ts';
import { createTransport } from '../../../../lib/http-client/transport.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import type { FakeClock } from '../../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../../doubles/create-log-recorder.ts';
import type { LogRecorder } from '../../../doubles/create-log-recorder.ts';
import { audience, startIssuer } from '../../../servers/start-issuer.ts';
import type { Issuer } from '../../../servers/start-issuer.ts';

let clock: FakeClock;
let issuer: Issuer;
let recorder: LogRecorder;
let verify: Verify;

type Verify = (token: string) => Promise<Caller>;

const createVerifier = (defaultModels?: readonly string[]): Verify => {
  const verifyUser = createLazySignIn({
    issuer: issuer.url,
    audiences: ['other-app', audience],
    defaultModels,
    transport: createTransport(),
    clock,
    log: recorder.log,
  });
  return (token) => verifyUser(token, new AbortController().signal);
};

beforeEach(async () => {
  clock = createFakeClock();
  recorder = createLogRecorder();
  issuer = await startIssuer(clock.now);
  verify = createVerifier();
});

afterEach(() => issuer.close());

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

async function refusalOf(token: Promise<string> | string, by: Verify = verify): Promise<string> {
  const text = await token;
  try {
    await by(text);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const isTold = text.split('.').some((part) => part.length > 8 && error.message.includes(part));
    return isTold ? 'The message holds a part of the token' : `${error.code}: ${error.message}`;
  }
  throw new Error('The token was accepted');
}

describe('a token of the issuer', () => {
  it('stands for the user whom it names', async () => {
    expect(await verify(await issuer.sign())).toEqual({
      id: 'user:user-1',
      userId: 'user-1',
      models: undefined,
      limits: { requests_per_minute: undefined, tokens_per_day: undefined },
    });
  });

  it('may be for one of several audiences', async () => {
    await expect(verify(await issuer.sign({ aud: ['somebody', audience] }))).resolves.toMatchObject({
      userId: 'user-1',
    });
  });

  it('may be an access token of Cognito, which names its app client', async () => {
    const claims = { aud: undefined, client_id: audience, token_use: 'access' };
    await expect(verify(await issuer.sign(claims))).resolves.toMatchObject({ userId: 'user-1' });
  });

  it('brings models and limits in its claims', async () => {
    const list = await verify(await issuer.sign({ qianfan_models: ['StarCoder'], qianfan_requests_per_minute: 5 }));
    expect(list).toMatchObject({ models: ['StarCoder'], limits: { requests_per_minute: 5 } });
    const texts = { 'custom:qianfan_models': 'StarCoder  Pythia-12B', 'custom:qianfan_tokens_per_day': '900' };
    const text = await verify(await issuer.sign(texts));
    expect(text).toMatchObject({ models: ['StarCoder', 'Pythia-12B'], limits: { tokens_per_day: 900 } });
  });

  it('has the plain one of two claims hold, in whatever order they come', async () => {
    const claims = [['custom:qianfan_tokens_per_day', '1000000'] as const, ['qianfan_tokens_per_day', 10] as const];
    for (const ordered of [claims, claims.toReversed()]) {
      const user = await verify(await issuer.sign(Object.fromEntries(ordered)));
      expect(user).toMatchObject({ limits: { tokens_per_day: 10 } });
    }
  });

  it('gives the default models when it does not say which', async () => {
    const byDefault = createVerifier(['StarCoder']);
    await expect(byDefault(await issuer.sign())).resolves.toMatchObject({ models: ['StarCoder'] });
    await expect(byDefault(await issuer.sign({ qianfan_models: [] }))).resolves.toMatchObject({ models: [] });
  });
});

describe('a token is refused', () => {
  it('without a signature', async () => {
    const nowSeconds = clock.now() / 1_000;
    const claims = { iss: issuer.url, aud: audience, sub: 'user-1', exp: nowSeconds + 300 };
    expect(await refusalOf(new UnsecuredJWT(claims).encode())).toMatch(/^access_token_invalid: .*algorithm/);
  });

  it('when the public key was used as a shared secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(issuer.publicKey()));
    expect(await refusalOf(issuer.sign({}, { alg: 'HS256' }, secret))).toMatch(/^access_token_invalid: .*algorithm/);
  });

  it('when another key signed it under the name of the true one', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    expect(await refusalOf(issuer.sign({}, {}, privateKey))).toMatch(/^access_token_invalid: .*signature/);
  });

  it('when its key is unknown, without the keys being read for each', async () => {
    await verify(await issuer.sign());
    const { privateKey } = await generateKeyPair('RS256');
    for (let index = 0; index < 20; index += 1) {
      const token = issuer.sign({}, { kid: `made-up-${index}` }, privateKey);
      expect(await refusalOf(token)).toMatch(/^access_token_invalid: .*key/);
    }
    expect(issuer.reads()).toBe(1);
  });

  it('when its key is one of the issuer that cannot be imported', async () => {
    issuer.publish({ kty: 'EC', crv: 'P-256', kid: 'bad', x: 'AA', y: 'AA' });
    const { privateKey } = await generateKeyPair('ES256');
    const token = issuer.sign({}, { alg: 'ES256', kid: 'bad' }, privateKey);
    expect(await refusalOf(token)).toMatch(/^access_token_invalid: .*key/);
    await expect(verify(await issuer.sign())).resolves.toBeDefined();
  });

  it('when it names none of several keys', async () => {
    await expect(verify(await issuer.sign({}, { kid: undefined }))).resolves.toBeDefined();
    issuer.publish({ ...(await exportJWK((await generateKeyPair('RS256')).publicKey)), kid: 'second' });
    verify = createVerifier();
    expect(await refusalOf(issuer.sign({}, { kid: undefined }))).toMatch(/^access_token_invalid: .*which key/);
  });

  it('when the payload was changed', async () => {
    const [head, , signature] = (await issuer.sign()).split('.');
    const payload = base64url.encode(JSON.stringify({ iss: issuer.url, aud: audience, sub: 'admin', exp: 9e9 }));
    expect(await refusalOf(`${head}.${payload}.${signature}`)).toMatch(/^access_token_invalid/);
  });

  it.each([
    ['another audience', { aud: 'somebody' }, /audience/],
    ['no audience', { aud: undefined }, /audience/],
    ['another API, at the request of the app', { aud: 'https://api.example', client_id: audience }, /audience/],
    ['other APIs, at the request of the app', { aud: ['a', 'b'], client_id: audience }, /audience/],
    ['another issuer', { iss: 'https://evil.example' }, /issuer/],
    ['no expiry', { exp: undefined }, /expires/],
    ['nobody', { sub: undefined }, /whose/],
    ['an empty user', { sub: '' }, /claim sub/],
    ['a user with a line break', { sub: 'a\r\nX-Evil: 1' }, /claim sub/],
    ['a limit that is none', { qianfan_requests_per_minute: 'many' }, /claim qianfan_requests_per_minute/],
    ['a limit that is true', { qianfan_tokens_per_day: true }, /claim qianfan_tokens_per_day/],
    ['a limit in a list', { qianfan_tokens_per_day: ['16'] }, /claim qianfan_tokens_per_day/],
    ['a limit in hexadecimal', { qianfan_tokens_per_day: '0x10' }, /claim qianfan_tokens_per_day/],
    ['a limit of nothing', { qianfan_tokens_per_day: null }, /claim qianfan_tokens_per_day/],
    ['models that are none', { qianfan_models: 7 }, /claim qianfan_models/],
  ])('for %s', async (_what, claims, reason) => {
    const refusal = await refusalOf(issuer.sign(claims));
    expect(refusal).toMatch(/^access_token_invalid/);
    expect(refusal).toMatch(reason);
  });

  it('after it has expired, and before it is valid, give or take half a minute', async () => {
    const nowSeconds = clock.now() / 1_000;
    await expect(verify(await issuer.sign({ exp: nowSeconds - 20, nbf: nowSeconds + 20 }))).resolves.toBeDefined();
    expect(await refusalOf(issuer.sign({ exp: nowSeconds - 40 }))).toMatch(/^access_token_expired/);
    expect(await refusalOf(issuer.sign({ nbf: nowSeconds + 40 }))).toMatch(/^access_token_invalid: .*yet/);
  });

  it('when it is huge, before anything of it is read', async () => {
    expect(await refusalOf(issuer.sign({ more: 'x'.repeat(10_000) }))).toMatch(/^access_token_invalid: .*8192/);
    expect(issuer.reads()).toBe(0);
  });

  it('when it is no token at all', async () => {
    expect(await refusalOf('eyJ.eyJ.x')).toMatch(/^access_token_invalid/);
    expect(await refusalOf(`${base64url.encode('{"alg":"RS256"}')}..`)).toMatch(/^access_token_invalid/);
  });
});

describe('the keys of the issuer', () => {
  it('are read once for many tokens, and again after ten minutes', async () => {
    const token = await issuer.sign({ exp: clock.now() / 1_000 + 3_600 });
    await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(issuer.reads()).toBe(1);
    clock.advance(600_000);
    await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    // Nobody waits for it.
    await waitUntil(() => issuer.reads() > 1);
    await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(issuer.reads()).toBe(2);
  });

  it('may be rotated: the new one is found, and the old one no longer valid', async () => {
    const old = await issuer.sign({ exp: clock.now() / 1_000 + 3_600 });
    await verify(old);
    await issuer.rotate();
    clock.advance(30_000);
    await expect(verify(await issuer.sign())).resolves.toBeDefined();
    expect(await refusalOf(old)).toMatch(/^access_token_invalid: .*key/);
  });

  it('go on serving for a day while they cannot be read again', async () => {
    const token = await issuer.sign({ exp: clock.now() / 1_000 + 200_000 });
    await verify(token);
    issuer.setDown(true);
    clock.advance(86_000_000);
    await expect(verify(token)).resolves.toBeDefined();
    await waitUntil(() => recorder.lines.length > 0);
    expect(recorder.lines).toMatchObject([{ level: 'warn', message: 'keys of the issuer could not be read' }]);
    clock.advance(400_000);
    expect(await refusalOf(token)).toMatch(/^sign_in_unavailable/);
  });

  it('that have never been read make signing in unavailable, and are tried again', async () => {
    issuer.setDown(true);
    const token = await issuer.sign({ exp: clock.now() / 1_000 + 3_600 });
    expect(await refusalOf(token)).toMatch(/^sign_in_unavailable/);
    issuer.setDown(false);
    expect(await refusalOf(token)).toMatch(/^sign_in_unavailable/);
    clock.advance(2_000);
    await expect(verify(token)).resolves.toBeDefined();
  });
});
