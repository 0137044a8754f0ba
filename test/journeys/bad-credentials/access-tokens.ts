// Bad access_tokens on a model call, and the V1 error each of them gets.
import { issueAccessToken } from '../../../lib/access/issued-token.ts';
import { completions, kiosk, lab, modelPath, post, promptBody, shop } from './calls.ts';
import type { Headers, V1Row, WriteRequest } from './calls.ts';

const monthMs = 30 * 86_400_000;
const nowMs = Date.now();
/** `24.<mac>.<lifetime>.<expiry>.<client>` */
const token = issueAccessToken(shop, nowMs);
const fields = token.split('.');
const kioskToken = issueAccessToken(kiosk, nowMs);

const call = (query: string, headers: Headers = {}, body = promptBody): WriteRequest =>
  post(`${modelPath}?${query}`, headers, body);
const withToken = (text: string): WriteRequest => call(`access_token=${text}`);
/** The token with one of its fields changed. */
const changed = (index: number, change: (field: string) => string): WriteRequest =>
  withToken(fields.with(index, change(fields[index] ?? '')).join('.'));
const idField = (id: string): string => Buffer.from(id).toString('base64url');
const flip = (digit: string): string => (digit === '0' ? '1' : '0');
const at = (path: string, accessToken: string): WriteRequest => post(`${path}?access_token=${accessToken}`);

type Row = readonly [what: string, write: WriteRequest];

/** The token is not where it has to be. */
const missing: readonly Row[] = [
  ['no access_token', post(modelPath)],
  ['an access_token in the JSON body', post(modelPath, {}, `{"prompt":"p","access_token":"${token}"}`)],
  ['an access_token in a form body', post(modelPath, {}, `access_token=${token}`)],
  ['an access_token as a Bearer', post(modelPath, { Authorization: `Bearer ${token}` })],
  ['an access_token as a header', post(modelPath, { access_token: token })],
  ['an access_token as a cookie', post(modelPath, { Cookie: `access_token=${token}` })],
  ['an access_token in the path', post(`${modelPath};access_token=${token}`)],
  ['an access_token under another spelling', call(`Access_Token=${token}`)],
  ['a list of one access_token', call(`access_token[]=${token}`)],
  ['an access_token after an encoded ampersand', call(`a=1%26access_token=${token}`)],
  ['keys in place of an access_token', call(`client_id=shop&client_secret=${shop.secret}`)],
];

/** The parameter is not one. */
const illFormed: readonly Row[] = [
  ['an empty access_token', withToken('')],
  ['an access_token without a value', call('access_token')],
  ['the same access_token twice', call(`access_token=${token}&access_token=${token}`)],
  ['a good access_token after a bad one', call(`access_token=x&access_token=${token}`)],
  ['a good access_token before an empty one', call(`access_token=${token}&access_token=`)],
];

/** The token is nobody's. */
const invalid: readonly Row[] = [
  ['the text null', withToken('null')],
  ['a space', withToken('%20')],
  ['a NUL', withToken('%00')],
  ['letters of other scripts', withToken(encodeURIComponent('令牌'))],
  ['an ill-formed escape', withToken('%zz')],
  ['the id of a client', withToken(shop.id)],
  ['the secret of a client', withToken(shop.secret)],
  ['8,000 letters', withToken('x'.repeat(8_000))],
  ['a mac whose first digit changed', changed(1, (mac) => flip(mac.charAt(0)) + mac.slice(1))],
  ['a mac whose last digit changed', changed(1, (mac) => mac.slice(0, -1) + flip(mac.charAt(63)))],
  ['a mac in upper case', changed(1, (mac) => mac.toUpperCase())],
  ['a mac without its last digit', changed(1, (mac) => mac.slice(0, -1))],
  ['a mac of zeros', changed(1, () => '0'.repeat(64))],
  ['no mac', changed(1, () => '')],
  ['another form', changed(0, () => '25')],
  ['another lifetime', changed(2, () => '315360000')],
  ['an expiry a second later', changed(3, (expiry) => String(Number(expiry) + 1))],
  ['an expiry with a zero before it', changed(3, (expiry) => `0${expiry}`)],
  ['an expiry in exponents', changed(3, () => '1e12')],
  ['the client of another', changed(4, () => idField(lab.id))],
  ['the client nobody', changed(4, () => idField('nobody'))],
  ['the client __proto__', changed(4, () => idField('__proto__'))],
  ['a client with a NUL after it', changed(4, () => idField('shop\0'))],
  ['a client with padding', changed(4, (id) => `${id}==`)],
  ['a client in another spelling of base64', changed(4, (id) => `${id.slice(0, -1)}B`)],
  ['no client', changed(4, () => '')],
  ['a token cut in its middle', withToken(token.slice(0, token.length / 2))],
  ['a token with a letter after it', withToken(`${token}A`)],
  ['a token with a space before it', withToken(`%20${token}`)],
  ['a token with a line end after it', withToken(`${token}%0A`)],
  ['a token in quotes', withToken(`%22${token}%22`)],
  ['a token in upper case', withToken(token.toUpperCase())],
  ['two tokens in one', withToken(`${token},${token}`)],
  ['a token made with the secret of another', withToken(issueAccessToken({ ...lab, id: 'shop' }, nowMs))],
  ['a token made with the id for a secret', withToken(issueAccessToken({ id: 'shop', secret: 'shop' }, nowMs))],
  ['a token made with no secret', withToken(issueAccessToken({ id: 'shop', secret: '' }, nowMs))],
  ['a token of last month made by another', withToken(issueAccessToken({ ...lab, id: 'shop' }, nowMs - monthMs))],
];

export const accessTokenRows: readonly V1Row[] = [
  ...missing.map((row) => [...row, 110, /^Access token missing/] as const),
  ...illFormed.map((row) => [...row, 100, /^Invalid parameter/] as const),
  ...invalid.map((row) => [...row, 110, /^Access token invalid or no longer valid$/] as const),
  ['a token of last month', withToken(issueAccessToken(shop, nowMs - monthMs - 1_000)), 111, /^Access token expired$/],
  [
    'a model the client may not call',
    at(`${completions}/sqlcoder_7b`, kioskToken),
    336004,
    /^The client may not call /,
  ],
  ['such a model by its name', at(`${completions}/SQLCoder-7B`, kioskToken), 336004, /^The client may not call /],
  ['such a model in escapes', at(`${completions}/%73qlcoder_7b`, kioskToken), 336004, /^The client may not call /],
  [
    'an endpoint close to the one it may call',
    at(`${completions}/starcoder_2`, kioskToken),
    336004,
    /^The client may not call /,
  ],
  [
    'its endpoint in other letters',
    at(`${completions}/lbwxxxd4_starcoder`, kioskToken),
    336004,
    /^The client may not call /,
  ],
  ['an endpoint of object internals', at(`${completions}/__proto__`, kioskToken), 336004, /^The client may not call /],
  [
    'an endpoint with an encoded slash',
    at(`${completions}/starcoder%2Fsqlcoder_7b`, kioskToken),
    336005,
    /^API name not exist/,
  ],
  [
    'an endpoint that leaves its place',
    at(`${completions}/starcoder%2F..%2Fsqlcoder_7b`, kioskToken),
    336005,
    /^API name not exist/,
  ],
  [
    'an endpoint with an encoded query',
    at(`${completions}/starcoder%3Fx=1`, kioskToken),
    336005,
    /^API name not exist/,
  ],
  ['an endpoint with a NUL', at(`${completions}/starcoder%00`, kioskToken), 336005, /^API name not exist/],
  ['the endpoint %2e%2e', at(`${completions}/%2e%2e`, token), 336005, /^API name not exist/],
  [
    'a path with %2e%2e in it',
    at(`${completions}/%2e%2e/completions/starcoder`, token),
    3,
    /^Unsupported openapi method/,
  ],
  ['a path with .. in it', at(`${completions}/../completions/starcoder`, token), 3, /^Unsupported openapi method/],
  [
    'an encoded slash in the path',
    at('/rpc%2F2.0/ai_custom/v1/wenxinworkshop/completions/starcoder', token),
    3,
    /^Unsupported openapi method/,
  ],
  [
    'a path in upper case',
    at(modelPath.toUpperCase().replace('WENXINWORKSHOP', 'wenxinworkshop'), token),
    3,
    /^Unsupported openapi method/,
  ],
  ['two slashes before the endpoint', at(`${completions}//starcoder`, token), 3, /^Unsupported openapi method/],
  ['a slash after the endpoint', at(`${modelPath}/`, token), 3, /^Unsupported openapi method/],
];
