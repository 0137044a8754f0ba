// Nearly right credentials: signatures, access_tokens and keys with one character changed.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { GatewayError } from '../../lib/core/errors.ts';
import { issueAccessToken, verifyAccessToken } from '../../lib/access/issued-token.ts';
import { createAuthenticator } from '../../lib/access/authenticate.ts';
import { createCors } from '../../lib/access/cors.ts';
import { verifySignature } from '../../lib/access/verify-signature.ts';
import type { Client, ClientRegistry } from '../../lib/access/clients.ts';
import type { HttpRequest } from '../../lib/core/http.ts';
import { systemClock } from '../../lib/core/clock.ts';
import { signRequest } from '../../lib/signing/sign.ts';
import { createFuzzProperty } from './fuzz-property.ts';
import { hostileText } from './hostile-values.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
const { signal } = new AbortController();
const demo: Client = { id: 'demo', secret: 'demo-secret' };
const other: Client = { id: 'demp', secret: 'another-secret' };
const clients: ClientRegistry = {
  find: async (id) => [demo, other].find((client) => client.id === id),
  findBySecret: async (secret) => [demo, other].find((client) => client.secret === secret),
};

/** What happens to one place of a text. */
type Edit = readonly [kind: 'replace' | 'insert' | 'delete' | 'swap', place: number, character: string];

const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.constantFrom('replace' as const, 'insert' as const, 'delete' as const, 'swap' as const),
  fc.nat(4_000),
  fc.oneof({ weight: 9, arbitrary: printable }, { weight: 1, arbitrary: hostileText }),
);

function change(text: string, [kind, place, character]: Edit): string {
  const at = place % text.length;
  const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
  if (kind === 'replace') return `${before}${character}${after}`;
  if (kind === 'insert') return `${before}${character}${here}${after}`;
  if (kind === 'delete') return `${before}${after}`;
  return `${before}${after.charAt(0)}${here}${after.slice(1)}`;
}

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);

interface SignedParts {
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
}

const signedParts: fc.Arbitrary<SignedParts> = fc
  .record({
    segments: fc.array(word, { minLength: 1, maxLength: 4 }),
    names: fc.uniqueArray(word, { maxLength: 3 }),
    word,
  })
  .map(({ segments, names, word: value }) => ({
    path: `/${segments.join('/')}`,
    query: names.map((name) => [name, value] as const),
    headers: { host: `${value}.example`, 'x-bce-date': '2026-01-01T12:00:00Z', 'x-bce-request-id': value },
  }));

function createRequest(parts: SignedParts, authorization: string, method = 'POST'): HttpRequest {
  const { path, query, headers } = parts;
  return { method, path, query, headers: { ...headers, authorization }, body: Buffer.from('{}'), requestId: '1' };
}

function sign({ path, query, headers }: SignedParts): string {
  return signRequest(
    { method: 'POST', path, query, headers: Object.entries(headers) },
    { accessKeyId: demo.id, secretAccessKey: demo.secret },
    { timestampMs: nowMs, signedHeaders: Object.keys(headers) },
  );
}

/** The names of signed headers stand for themselves in any case and order. */
function isSameAuthorization(changed: string, authorization: string): boolean {
  const normal = (text: string): string =>
    text
      .split('/')
      .map((field, index) => (index === 4 ? field.toLowerCase().split(';').toSorted().join(';') : field))
      .join('/');
  return normal(changed) === normal(authorization);
}

/** The Authorization header with one edit. */
export const authorizationProperty = createFuzzProperty<readonly [SignedParts, Edit], unknown>({
  name: 'authorization-header',
  fact: 'a bce-auth-v1 Authorization with one edit is refused',
  cases: fc.tuple(signedParts, edit),
  check: async ([parts, change1]) => {
    const authorization = sign(parts);
    assert.equal(await verifySignature(createRequest(parts, authorization), clients, nowMs, signal), demo);
    const changed = change(authorization, change1);
    if (isSameAuthorization(changed, authorization)) return;
    assert.equal(typeof (await verifySignature(createRequest(parts, changed), clients, nowMs, signal)), 'string');
  },
});

/** The request under its signature with one edit. Paths and values are of letters and digits, which have one spelling. */
export const signedRequestProperty = createFuzzProperty<readonly [SignedParts, Edit, number], unknown>({
  name: 'signed-requests',
  fact: 'a signed request of which path, query or a signed header has one edit is refused',
  cases: fc.tuple(
    signedParts,
    fc.tuple(
      fc.constant('replace' as const),
      fc.nat(100),
      word.map((text) => text.charAt(0)),
    ),
    fc.nat(2),
  ),
  check: async ([parts, change1, part]) => {
    const authorization = sign(parts);
    const changed = changePart(parts, change1, part);
    if (JSON.stringify(changed) === JSON.stringify(parts)) return;
    const verdict = await verifySignature(createRequest(changed, authorization), clients, nowMs, signal);
    assert.equal(typeof verdict, 'string', 'a changed request was taken for the signed one');
    const otherMethod = await verifySignature(createRequest(parts, authorization, 'GET'), clients, nowMs, signal);
    assert.equal(otherMethod, 'signature_mismatch');
  },
});

function changePart(parts: SignedParts, edited: Edit, part: number): SignedParts {
  const { path, query, headers } = parts;
  if (part === 0) return { ...parts, path: `/${change(path.slice(1).replaceAll('/', ''), edited)}` };
  const [first, ...rest] = query;
  if (part === 1 && first !== undefined) return { ...parts, query: [[first[0], change(first[1], edited)], ...rest] };
  const id = headers['x-bce-request-id'] ?? '';
  return { ...parts, headers: { ...headers, 'x-bce-request-id': change(id, edited) } };
}

/** An access_token with one edit. */
export const accessTokenProperty = createFuzzProperty<Edit, unknown>({
  name: 'access-tokens',
  fact: 'an access_token with one edit is refused',
  cases: edit,
  check: async (edited) => {
    const token = issueAccessToken(demo, nowMs);
    const changed = change(token, edited);
    if (changed === token) return;
    const refusal = await verifyAccessToken(changed, clients, nowMs, signal).catch((error: unknown) => error);
    assert.ok(refusal instanceof GatewayError, 'a changed token was taken');
    assert.match(refusal.code, /^access_token_(?:invalid|expired)$/);
  },
});

const authenticator = createAuthenticator({
  clients,
  cors: createCors([]),
  anonymousClientId: undefined,
  clock: systemClock,
});

/** A Bearer key with one edit, which white space around it is not. */
export const bearerKeyProperty = createFuzzProperty<Edit, unknown>({
  name: 'bearer-keys',
  fact: 'a Bearer key with one edit is refused',
  cases: edit,
  check: async (edited) => {
    const changed = change(demo.secret, edited);
    if (changed.trim() === demo.secret) return;
    const parts = { path: '/v1/models', query: [], headers: {} };
    const call = authenticator.authenticateBearer(
      createRequest(parts, `Bearer ${changed}`),
      new AbortController().signal,
    );
    const refusal = await call.catch((error: unknown) => error);
    assert.ok(refusal instanceof GatewayError && refusal.code === 'invalid_api_key', 'a changed key was taken');
  },
});
