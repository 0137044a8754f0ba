// bce-auth-v1 signatures that are well-formed and not good for the model call they come with.
import { createHmac } from 'node:crypto';
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { completions, kiosk, lab, listPath, modelPath, shop, sign, withField } from './calls.ts';
import type { Headers, SignedCall, V1Row } from './calls.ts';

const token = issueAccessToken(shop, Date.now());
const zeros = '0'.repeat(64);
const flip = (digit: string): string => (digit === '0' ? '1' : '0');

const header = (signed: Headers, sent: Headers): SignedCall => ({
  signed: { headers: signed },
  sent: { headers: sent },
});
const query = (signed: string, sent: string): SignedCall => ({
  signed: { query: [...new URLSearchParams(signed)] },
  sent: { query: [...new URLSearchParams(sent)] },
});
const path = (signed: string, sent: string): SignedCall => ({ signed: { path: signed }, sent: { path: sent } });
/** A signature made with another key or another hash. */
const hmac = (hash: string, key: string | Buffer): SignedCall =>
  withField(5, (_hex, canonical) => createHmac(hash, key).update(canonical).digest('hex').slice(0, 64).padEnd(64, '0'));
const prefixKey = (prefix: string): Buffer => createHmac('sha256', shop.secret).update(prefix).digest();

type Row = readonly [what: string, call: SignedCall];

/** Everything that is signed, changed after it was. */
const changes: readonly Row[] = [
  ['another method', { signed: { method: 'GET' }, sent: { method: 'POST' } }],
  ['another endpoint', path(modelPath, `${completions}/sqlcoder_7b`)],
  ['an endpoint in other letters', path(modelPath, `${completions}/StarCoder`)],
  ['a path prefix', path(modelPath, `/prod${modelPath}`)],
  ['no path prefix', path(`/prod${modelPath}`, modelPath)],
  ['another path prefix', path(`/prod${modelPath}`, `/test${modelPath}`)],
  ['a second slash before the path', path(modelPath, `/${modelPath}`)],
  ['the path of the list', path(listPath, modelPath)],
  ['an escaped percent sign', path(`${completions}/star%2563oder`, `${completions}/star%63oder`)],
  ['one more parameter', query('', 'a=1')],
  ['an access_token that was not signed', query('', `access_token=${token}`)],
  ['a bad access_token that was not signed', query('', 'access_token=x')],
  ['one parameter less', query('a=1', '')],
  ['another value of a parameter', query('a=1', 'a=2')],
  ['another name of a parameter', query('a=1', 'b=1')],
  ['a parameter twice', query('a=1', 'a=1&a=1')],
  ['another host', header({ Host: 'aip.baidubce.com' }, { Host: '127.0.0.1' })],
  ['a host of another port', header({}, { Host: '127.0.0.1:1' })],
  ['another Content-Type', header({}, { 'Content-Type': 'text/plain' })],
  ['no Content-Type', header({}, { 'Content-Type': '' })],
  ['another x-bce-date', header({}, { 'x-bce-date': '2001-01-01T00:00:00Z' })],
  ['an x-bce-date that is none', header({}, { 'x-bce-date': 'now' })],
  ['no x-bce-date', header({}, { 'x-bce-date': '' })],
  ['another Request_id', header({ Request_id: 'a' }, { Request_id: 'b' })],
  ['another session token', header({ 'x-bce-security-token': 'a' }, { 'x-bce-security-token': 'b' })],
  ['another Content-Length', header({ 'Content-Length': '99' }, { 'Content-Length': '14' })],
  ['a header that was signed without a value', header({ 'x-bce-a': '' }, { 'x-bce-a': '1' })],
  ['a header in place of another', header({ 'x-bce-a': '1' }, { 'x-bce-a': '', 'x-bce-b': '1' })],
  ['the date header twice', { extra: () => [['X-Bce-Date', '2001-01-01T00:00:00Z']] }],
  ['the Content-Type header twice', { extra: () => [['content-type', 'application/json']] }],
  ['the Host header twice', { extra: () => [['Host', 'aip.baidubce.com']] }],

  ['another timestamp', withField(2, (time) => `${time.slice(0, -3)}${time.endsWith('00Z') ? '01' : '00'}Z`)],
  ['another expiry', withField(3, () => '1801')],
  ['the Access Key of another client', withField(1, () => lab.id)],
  ['a signed header taken from the list', withField(4, (names) => names.replace(';x-bce-date', ''))],
  ['an unsigned header put into the list', { signedHeaders: ['host'], ...withField(4, () => 'host;content-type') }],
  ['an empty list for a full one', { signedHeaders: ['host'], ...withField(4, () => '') }],
  ['a full list for an empty one', { signedHeaders: [], ...withField(4, () => 'host') }],
  ['a signature whose first digit changed', withField(5, (hex) => flip(hex.charAt(0)) + hex.slice(1))],
  ['a signature whose last digit changed', withField(5, (hex) => hex.slice(0, -1) + flip(hex.charAt(63)))],
  ['a signature of zeros', withField(5, () => zeros)],
];

/** Signed with what is not the client's key, or not as the algorithm says. */
const otherKeys: readonly Row[] = [
  ['the Secret Key of another client', { keys: { ...lab, id: shop.id } }],
  ['no Secret Key', { keys: { id: shop.id, secret: '' } }],
  ['the Access Key for a Secret Key', { keys: { id: shop.id, secret: shop.id } }],
  ['an unknown Access Key', { keys: { id: 'nobody', secret: shop.secret } }],
  ['the Access Key __proto__', { keys: { id: '__proto__', secret: '' } }],
  ['the Access Key constructor', { keys: { id: 'constructor', secret: 'undefined' } }],
  ['an Access Key in upper case', { keys: { ...shop, id: 'SHOP' } }],
  ['an Access Key in escapes', { keys: { ...shop, id: '%73hop' } }],
  ['an Access Key with an escaped NUL', { keys: { ...shop, id: 'shop%00' } }],
  ['a key that is not derived', hmac('sha256', shop.secret)],
  ['a SHA-1', hmac('sha1', shop.secret)],
  ['a SHA-512 of 64 digits', hmac('sha512', shop.secret)],
  [
    'the derived key in bytes, not in digits',
    {
      authorization: (signed, canonical) => {
        const fields = signed.split('/');
        const key = prefixKey(fields.slice(0, 4).join('/'));
        return fields.with(5, createHmac('sha256', key).update(canonical).digest('hex')).join('/');
      },
    },
  ],
];

const expired = /^IAM Certification failed: the signature has expired$/;
const future = /^IAM Certification failed: the timestamp is in the future$/;
const hostless = /^IAM Certification failed: the host must be signed$/;

export const signatureRows: readonly V1Row[] = [
  ...[...changes, ...otherKeys].map(([what, call]) => [what, sign(call), 14, /^IAM Certification failed$/] as const),
  ['a signature that has expired', sign({ afterSeconds: -2_110 }), 14, expired],
  ['a signature of one second, replayed', sign({ afterSeconds: -310, expirationInSeconds: 1 }), 14, expired],
  ['a signature of 2001', sign({ afterSeconds: -788_400_000, expirationInSeconds: 86_400 }), 14, expired],
  ['a signature of the future', sign({ afterSeconds: 310 }), 14, future],
  ['no host among the signed headers', sign({ signedHeaders: ['content-type', 'x-bce-date'] }), 14, hostless],
  ['a host that is not the header but like it', sign({ signedHeaders: ['x-host', 'hosts'] }), 14, hostless],

  [
    'a model the client may not call',
    sign({ keys: kiosk, signed: { path: `${completions}/sqlcoder_7b` } }),
    336004,
    /may not call/,
  ],
  [
    'such a model in escapes',
    sign({ keys: kiosk, signed: { path: `${completions}/%73qlcoder_7b` } }),
    336004,
    /may not call/,
  ],
  [
    'a slash sent in escapes',
    sign({ keys: kiosk, ...path(`${completions}/a/b`, `${completions}/a%2Fb`) }),
    336005,
    /^API name not exist/,
  ],
  [
    'an empty access_token that is signed',
    sign({ signed: { query: [['access_token', '']] } }),
    100,
    /^Invalid parameter/,
  ],
];
