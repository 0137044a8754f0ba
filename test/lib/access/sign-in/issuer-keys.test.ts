// Who waits for the keys of an issuer, for how long, and what becomes of them.
import { errors, exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import * as jose from '../../../../lib/access/sign-in/jose.ts';
import { createIssuerKeys } from '../../../../lib/access/sign-in/issuer-keys.ts';
import type { FetchJson } from '../../../../lib/access/sign-in/issuer-keys.ts';
import { createFakeClock } from '../../../doubles/create-fake-clock.ts';
import { createLogRecorder } from '../../../doubles/create-log-recorder.ts';

const issuer = 'https://issuer.example';
const token = { payload: '', signature: '' };
const never = new Promise<never>(() => undefined);
const { signal } = new AbortController();
let good: JWK;

beforeAll(async () => {
  const { publicKey } = await generateKeyPair('ES256');
  good = { ...(await exportJWK(publicKey)), kid: 'good' };
});

/** An issuer that serves these keys, until `answer` is replaced. */
function setUp(...more: readonly JWK[]) {
  const clock = createFakeClock();
  const setup = {
    clock,
    signals: [] as AbortSignal[],
    answer: async (url: URL): Promise<unknown> =>
      url.pathname === '/keys' ? { keys: [good, ...more] } : { issuer, jwks_uri: `${issuer}/keys` },
  };
  const fetchJson: FetchJson = (url, fetchSignal) => {
    setup.signals.push(fetchSignal);
    return setup.answer(url);
  };
  const keys = createIssuerKeys({ issuer, fetchJson, jose, clock, log: createLogRecorder().log });
  const find = async (kid: string, by: AbortSignal = signal) => keys.createFinder(by)({ alg: 'ES256', kid }, token);
  return { setup, clock, find };
}

it('both documents are read within one time', async () => {
  const { setup, find } = setUp();
  await find('good');
  expect(setup.signals).toHaveLength(2);
  expect(new Set(setup.signals).size).toBe(1);
});

it('whoever waits for the first keys leaves when the signal says so, and those who stay get them', async () => {
  const { setup, find } = setUp();
  const { answer } = setup;
  const opened = Promise.withResolvers<void>();
  setup.answer = (url) => opened.promise.then(() => answer(url));
  const left = new AbortController();
  const impatient = find('good', left.signal);
  const patient = find('good');
  left.abort(new Error('gone'));
  await expect(impatient).rejects.toThrow('gone');
  opened.resolve();
  await expect(patient).resolves.toBeDefined();
});

it('whoever waits for an unknown key leaves when the signal says so', async () => {
  const { setup, clock, find } = setUp();
  await find('good');
  clock.advance(30_000);
  setup.answer = () => never;
  const left = new AbortController();
  const asked = find('made-up', left.signal);
  setImmediate(() => left.abort(new Error('gone')));
  await expect(asked).rejects.toThrow('gone');
});

it('nobody whose key is at hand waits for the keys to be read again', async () => {
  const { setup, clock, find } = setUp();
  await find('good');
  clock.advance(600_000);
  setup.answer = () => never;
  await expect(find('good')).resolves.toBeDefined();
  await expect(find('good')).resolves.toBeDefined();
  expect(setup.signals).toHaveLength(3);
});

it('without keys they are read again after as many seconds as the error says', async () => {
  const { setup, clock, find } = setUp();
  const { answer } = setup;
  setup.answer = () => Promise.reject(new Error('down'));
  await expect(find('good')).rejects.toMatchObject({ code: 'sign_in_unavailable', retryAfterSeconds: 2 });
  setup.answer = answer;
  clock.advance(1_000);
  await expect(find('good')).rejects.toMatchObject({ code: 'sign_in_unavailable', retryAfterSeconds: 1 });
  clock.advance(1_000);
  await expect(find('good')).resolves.toBeDefined();
});

it('a key that cannot be imported is as good as none', async () => {
  const { find } = setUp({ kty: 'EC', crv: 'P-256', kid: 'bad', x: 'AA', y: 'AA' });
  await expect(find('bad')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  await expect(find('good')).resolves.toBeDefined();
});
