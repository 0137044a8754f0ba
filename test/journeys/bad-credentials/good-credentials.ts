// The control group: credentials as close to the bad ones as good ones can be.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { completions, kiosk, lab, listPath, modelPath, post, shop, sign } from './calls.ts';
import type { WriteRequest } from './calls.ts';

const nowMs = Date.now();
const tokenOf = (client: typeof shop, issuedAtMs = nowMs): string => issueAccessToken(client, issuedAtMs);
const call = (query: string): WriteRequest => post(`${modelPath}?${query}`);
const ask = (id: string, secret: string): WriteRequest =>
  post(`/oauth/2.0/token?grant_type=client_credentials&client_id=${id}&client_secret=${secret}`, {}, '');
const names = Array.from({ length: 250 }, (_, index) => `x-absent-${index}`);

const completion = { object: 'completion' };
const token = { expires_in: 2_592_000 };
const list = { result: { custom: [] } };

export const goodCredentials: readonly (readonly [what: string, write: WriteRequest, expected: object])[] = [
  ['keys', ask(shop.id, shop.secret), token],
  ['keys in escapes', ask('%73hop', 'shop%2Dsecret'), token],
  ['keys of the restricted client', ask(kiosk.id, kiosk.secret), token],
  ['a token', call(`access_token=${tokenOf(shop)}`), completion],
  ['a token in escapes', call(`access_token=${tokenOf(lab).replaceAll('.', '%2E')}`), completion],
  [
    'a token ten minutes before its end',
    call(`access_token=${tokenOf(shop, nowMs - 2_592_000_000 + 600_000)}`),
    completion,
  ],
  ['a token beside other parameters', call(`a=1&access_token=${tokenOf(shop)}&b=`), completion],
  ['a token of the restricted client', call(`access_token=${tokenOf(kiosk)}`), completion],
  ['the same for the name of the model', post(`${completions}/StarCoder?access_token=${tokenOf(kiosk)}`), completion],
  ['a signature', sign(), completion],
  ['a signature of the restricted client', sign({ keys: kiosk }), completion],
  ['a signature with a parameter', sign({ signed: { query: [['a', '1 +&=千']] } }), completion],
  ['a signature with a path prefix', sign({ signed: { path: `/prod${modelPath}` } }), completion],
  ['a signature from a clock 5 minutes ahead', sign({ afterSeconds: 290 }), completion],
  ['a signature just expired, within the skew', sign({ afterSeconds: -2_090 }), completion],
  ['a signature valid for a day', sign({ expirationInSeconds: 86_400 }), completion],
  ['a signature of fewer than 4096 characters', sign({ signedHeaders: ['host', ...names] }), completion],
  ['a signature and a signed token', sign({ signed: { query: [['access_token', 'x']] } }), completion],
  ['a signature of the list', sign({ signed: { path: listPath } }), list],
];
