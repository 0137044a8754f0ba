// Bad credentials at the model list, and the console error each of them gets.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { lab, listPath, post, shop, sign, withField } from './calls.ts';
import type { SignedCall, WriteRequest } from './calls.ts';

const token = issueAccessToken(shop, Date.now());
const list = (call: SignedCall = {}): WriteRequest =>
  sign({ ...call, signed: { path: listPath, ...call.signed }, sent: { ...call.sent } });

const unknownKey = /^NotFound, cause: Could not find credential\.$/;
const mismatch = /^SignatureDoesNotMatch, cause: Fail to authn user: Signature does not match$/;
const unsigned = /must be signed/;
const malformed = /Authorization header is not valid/;

type Row = readonly [what: string, write: WriteRequest, status: number, code: string, message: RegExp];

export const serviceListRows: readonly Row[] = [
  ['no signature', post(listPath), 403, 'AccessDenied', unsigned],
  ['an access_token', post(`${listPath}?access_token=${token}`), 403, 'AccessDenied', unsigned],
  ['a secret as Bearer', post(listPath, { Authorization: `Bearer ${shop.secret}` }), 403, 'AccessDenied', unsigned],
  ['another scheme', list({ authorization: (text) => text.replace('v1', 'v2') }), 403, 'AccessDenied', unsigned],
  ['an unknown Access Key', list({ keys: { ...shop, id: 'nobody' } }), 403, 'InvalidAccessKeyId', unknownKey],
  ['the Access Key __proto__', list({ keys: { id: '__proto__', secret: '' } }), 403, 'InvalidAccessKeyId', unknownKey],
  ['a wrong Secret Key', list({ keys: { ...shop, secret: 'x' } }), 400, 'SignatureDoesNotMatch', mismatch],
  ['the Secret Key of another client', list({ keys: { ...lab, id: 'shop' } }), 400, 'SignatureDoesNotMatch', mismatch],
  ['the signature of a model call', sign({ sent: { path: listPath } }), 400, 'SignatureDoesNotMatch', mismatch],
  [
    'the signature of GET',
    list({ signed: { method: 'GET' }, sent: { method: 'POST' } }),
    400,
    'SignatureDoesNotMatch',
    mismatch,
  ],
  ['one more parameter', list({ sent: { query: [['Action', 'x']] } }), 400, 'SignatureDoesNotMatch', mismatch],
  ['a path prefix', list({ sent: { path: `/prod${listPath}` } }), 400, 'SignatureDoesNotMatch', mismatch],
  [
    'a changed Request-Source',
    list({ signed: { headers: { 'Request-Source': 'a' } }, sent: { headers: { 'Request-Source': 'b' } } }),
    400,
    'SignatureDoesNotMatch',
    mismatch,
  ],
  [
    'no host among the signed headers',
    list({ signedHeaders: ['x-bce-date'] }),
    400,
    'SignatureDoesNotMatch',
    /host must be signed/,
  ],
  ['a signature that has expired', list({ afterSeconds: -2_110 }), 400, 'RequestExpired', /expired/],
  ['a signature of the future', list({ afterSeconds: 310 }), 400, 'RequestExpired', /future/],
  [
    'five fields',
    list({ authorization: (text) => text.replace(/\/[^/]*$/, '') }),
    400,
    'InvalidHTTPAuthHeader',
    malformed,
  ],
  ['no timestamp', list(withField(2, () => '')), 400, 'InvalidHTTPAuthHeader', malformed],
  [
    'more than 4096 characters',
    list({ authorization: (text) => text.padEnd(4_097, '0') }),
    400,
    'InvalidHTTPAuthHeader',
    malformed,
  ],
];
