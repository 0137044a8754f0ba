// Bad credentials at the token endpoint, and the OAuth error each of them gets.
import { lab, post, shop } from './calls.ts';
import type { Headers, WriteRequest } from './calls.ts';

const unknown = 'unknown client id';
const wrong = 'Client authentication failed';

/** Asks for a token with these parameters, encoded as they are given. */
const ask = (query: string, headers: Headers = {}, body = ''): WriteRequest =>
  post(`/oauth/2.0/token?${query}`, headers, body);

const withKeys = (id: string, secret: string): WriteRequest =>
  ask(`grant_type=client_credentials&client_id=${id}&client_secret=${secret}`);

const grant = 'grant_type=client_credentials';
const keys = `client_id=${shop.id}&client_secret=${shop.secret}`;
const basic = `Basic ${Buffer.from(`${shop.id}:${shop.secret}`).toString('base64')}`;
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** All are refused with 401 `invalid_client` and the description. */
export const tokenEndpointRows: readonly (readonly [what: string, write: WriteRequest, description: string])[] = [
  ['an unknown id', withKeys('nobody', shop.secret), unknown],
  ['no id', ask(`${grant}&client_secret=${shop.secret}`), unknown],
  ['an empty id', withKeys('', shop.secret), unknown],
  ['no keys at all', ask(grant), unknown],
  ['an id in upper case', withKeys('SHOP', shop.secret), unknown],
  ['an id with a space after it', withKeys('shop%20', shop.secret), unknown],
  ['an id with a NUL after it', withKeys('shop%00', shop.secret), unknown],
  ['an id with a line end after it', withKeys('shop%0A', shop.secret), unknown],
  ['an id in full-width letters', withKeys(encodeURIComponent('ｓｈｏｐ'), shop.secret), unknown],
  ['an id encoded twice', withKeys('%2573hop', shop.secret), unknown],
  ['an id with an ill-formed escape', withKeys('shop%zz', shop.secret), unknown],
  ['the id __proto__', withKeys('__proto__', shop.secret), unknown],
  ['the id constructor', withKeys('constructor', ''), unknown],
  ['a pattern for an id', withKeys('*', shop.secret), unknown],
  ['a list for an id', ask(`${grant}&client_id[]=shop&client_secret=${shop.secret}`), unknown],
  ['names in upper case', ask(`${grant}&${keys.toUpperCase()}`), unknown],
  ['keys in a JSON body', ask(grant, {}, `{"client_id":"shop","client_secret":"${shop.secret}"}`), unknown],
  ['keys in a Basic Authorization', ask(grant, { Authorization: basic }), unknown],
  ['keys as headers', ask(grant, { client_id: shop.id, client_secret: shop.secret }), unknown],

  ['no secret', ask(`${grant}&client_id=shop`), wrong],
  ['an empty secret', withKeys(shop.id, ''), wrong],
  ['the secret of another client', withKeys(shop.id, lab.secret), wrong],
  ['the id for a secret', withKeys(shop.id, shop.id), wrong],
  ['a secret in upper case', withKeys(shop.id, 'SHOP-SECRET'), wrong],
  ['a secret one letter short', withKeys(shop.id, 'shop-secre'), wrong],
  ['a secret one letter long', withKeys(shop.id, 'shop-secrets'), wrong],
  ['a secret with a space after it', withKeys(shop.id, 'shop-secret%20'), wrong],
  ['a secret with a NUL after it', withKeys(shop.id, 'shop-secret%00'), wrong],
  ['a secret with another hyphen', withKeys(shop.id, encodeURIComponent('shop‐secret')), wrong],
  ['a secret that is always true', withKeys(shop.id, "'%20or%20'1'='1"), wrong],
  ['a list for a secret', ask(`${grant}&client_id=shop&client_secret[]=${shop.secret}`), wrong],
  ['two ids, the second of another client', ask(`${grant}&${keys}&client_id=lab`), wrong],
  ['two secrets, the second of another client', ask(`${grant}&${keys}&client_secret=lab-secret`), wrong],
  [
    'the secret of another client in a form body',
    ask(grant, form, `client_id=shop&client_secret=${lab.secret}`),
    wrong,
  ],
  ['a secret of 8,000 letters', withKeys(shop.id, 'x'.repeat(8_000)), wrong],
];

/** All are refused with 400 `unsupported_grant_type`, whatever the keys. */
export const grantRows: readonly (readonly [what: string, write: WriteRequest])[] = [
  ['no grant_type', ask(keys)],
  ['an empty grant_type', ask(`grant_type=&${keys}`)],
  ['the grant_type refresh_token', ask(`grant_type=refresh_token&${keys}`)],
  ['the grant_type password', ask(`grant_type=password&${keys}`)],
  ['a form body with no grant_type', post('/oauth/2.0/token', form, keys)],
];
