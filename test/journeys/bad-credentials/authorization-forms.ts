// Authorization headers that are no bce-auth-v1 signature, ill-formed ones, and good ones in the wrong place.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { modelPath, post, shop, sign, withField } from './calls.ts';
import type { SignedCall, V1Row, WriteRequest } from './calls.ts';

const token = issueAccessToken(shop, Date.now());
const zeros = '0'.repeat(64);
const become = (authorization: string): SignedCall => ({ authorization: () => authorization });
const change = (replace: (text: string) => string): SignedCall => ({ authorization: replace });
const names = (count: number): SignedCall => ({
  signedHeaders: ['host', ...Array.from({ length: count }, (_, index) => `x-absent-${index}`)],
});

type Row = readonly [what: string, call: SignedCall];

const illFormed: readonly Row[] = [
  ['five fields', change((text) => text.slice(0, text.lastIndexOf('/')))],
  ['seven fields', change((text) => `${text}/`)],
  ['nothing but the scheme', become('bce-auth-v1/')],
  ['nothing but slashes', become('bce-auth-v1/////')],
  ['quotes around the fields', change((text) => `${text.replace('/', '/"')}"`)],
  ['a space between two fields', change((text) => text.replace('/', '/ '))],
  ['an empty Access Key', { keys: { id: '', secret: '' } }],
  ['an Access Key with a slash', { keys: { ...shop, id: 'shop/x' } }],
  ['an Access Key with a space', { keys: { ...shop, id: 'sh op' } }],
  ['an Access Key of other letters', withField(1, () => 'sh\u00f6p')],
  ['no timestamp', withField(2, () => '')],
  ['a timestamp with a fraction', withField(2, (time) => time.replace('Z', '.000Z'))],
  ['a timestamp without a zone', withField(2, (time) => time.slice(0, -1))],
  ['a timestamp in another zone', withField(2, (time) => time.replace('Z', '+08:00'))],
  ['a timestamp of 30 February', withField(2, () => '2026-02-30T00:00:00Z')],
  ['a timestamp in seconds', withField(2, () => String(Math.floor(Date.now() / 1_000)))],
  ['no expiry', withField(3, () => '')],
  ['an expiry of zero', { expirationInSeconds: 0 }],
  ['a negative expiry', { expirationInSeconds: -1 }],
  ['an expiry with a fraction', { expirationInSeconds: 1.5 }],
  ['an expiry with a zero before it', withField(3, () => '01800')],
  ['an expiry in exponents', withField(3, () => '18e2')],
  ['an expiry that never comes', withField(3, () => 'Infinity')],
  ['an expiry of more than a day', { expirationInSeconds: 86_401 }],
  ['a list with an empty name', withField(4, (list) => `${list};`)],
  ['a list with commas', withField(4, (list) => list.replaceAll(';', ','))],
  ['no signature', withField(5, () => '')],
  ['a signature in upper case', withField(5, (hex) => `A${hex.slice(1)}`)],
  ['a signature without its last digit', withField(5, (hex) => hex.slice(0, -1))],
  ['a signature with a digit more', withField(5, (hex) => `${hex}0`)],
  ['a signature in base64', withField(5, (hex) => Buffer.from(hex, 'hex').toString('base64url'))],
  ['a good signature of more than 4096 characters', names(350)],
  ['a good signature of more than 8000 characters', names(650)],
  ['the Authorization header twice', { extra: (text) => [['Authorization', text]] }],
  ['a second, wrong Authorization header', { extra: () => [['authorization', `bce-auth-v1/x/x/1//${zeros}`]] }],
  ['another scheme in a second header', { extra: () => [['AUTHORIZATION', 'Bearer x']] }],
];

/** Another scheme is no signature: what is missing then is an access_token. */
const otherSchemes: readonly Row[] = [
  ['bce-auth-v2', change((text) => text.replace('v1', 'v2'))],
  ['bce-auth-v1 in upper case', change((text) => text.replace('bce-auth-v1', 'BCE-AUTH-V1'))],
  ['bce-auth-v1 without a slash', change((text) => text.replace('bce-auth-v1/', 'bce-auth-v1 '))],
  ['a Bearer before the signature', change((text) => `Bearer ${text}`)],
  ['AWS4-HMAC-SHA256', become(`AWS4-HMAC-SHA256 Credential=shop/1/a/b/c, SignedHeaders=host, Signature=${zeros}`)],
  ['a secret as Bearer', become(`Bearer ${shop.secret}`)],
  ['an unsigned JWT', become('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzaG9wIn0.')],
  ['a V2 key as Bearer', become(`Bearer bce-v3/ALTAK-shop/${zeros}`)],
  ['Basic', become(`Basic ${Buffer.from(`${shop.id}:${shop.secret}`).toString('base64')}`)],
  ['none', become('none')],
  ['an ACCESSCODE', become(`ACCESSCODE ${shop.secret}`)],
  ['an empty Authorization', become('')],
  ['another scheme before a signature', { extra: (text) => [['X-Authorization', text]], ...become('none') }],
];

/** A good Authorization in another place than its header. */
const misplaced = (write: (authorization: string) => WriteRequest): WriteRequest => {
  return (host) => write(/Authorization: ([^\r]+)/.exec(sign()(host))?.[1] ?? '')(host);
};

const forged = { Authorization: `bce-auth-v1/shop/2026-01-01T00:00:00Z/1800/host/${zeros}` };
const withToken = (value: string): string => `${modelPath}?access_token=${value}`;
const missing = /^Access token missing/;

export const authorizationRows: readonly V1Row[] = [
  ...illFormed.map(([what, call]) => [what, sign(call), 14, /not of the form bce-auth-v1/] as const),
  ...otherSchemes.map(([what, call]) => [`the scheme: ${what}`, sign(call), 110, missing] as const),
  [
    'a good signature in the query',
    misplaced((text) => post(`${modelPath}?authorization=${encodeURIComponent(text)}`)),
    110,
    missing,
  ],
  [
    'a good signature in the body',
    misplaced((text) => post(modelPath, {}, `{"authorization":"${text}"}`)),
    110,
    missing,
  ],
  [
    'a good signature under another header',
    misplaced((text) => post(modelPath, { 'X-Authorization': text })),
    110,
    missing,
  ],
  ['a bad signature beside a good token', post(withToken(token), forged), 14, /^IAM Certification failed/],
  [
    'an ill-formed signature beside a good token',
    post(withToken(token), { Authorization: 'bce-auth-v1/' }),
    14,
    /form/,
  ],
  [
    'a bad token beside another scheme',
    post(withToken('x'), { Authorization: 'Bearer x' }),
    110,
    /^Access token invalid/,
  ],
];
