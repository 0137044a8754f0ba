// Arbitrary requests, and valid requests with arbitrary values.
import * as fc from 'fast-check';
import { signRequest } from '../../lib/signing/sign.ts';
import { allowedOrigin, fuzzClient } from './fuzz-target.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { hostileBytes, hostileText, hostileValue, trapPlaceholder } from './hostile-values.ts';

/** A request before it becomes an event. Texts may hold the placeholders of trap and token. */
export interface HostileRequest {
  readonly payload: '1.0' | '2.0';
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const tokenPlaceholder = '{{token}}';
const signaturePlaceholder = '{{signature}}';

const v1Path = '/rpc/2.0/ai_custom/v1/wenxinworkshop/completions/';
const routes = ['/v1/completions', '/v2/completions', '/v1/models', '/v2/models/', '/health', '/oauth/2.0/token'];
const routePath = fc.constantFrom(...routes, v1Path, '/wenxinworkshop/service/list', '/', '');

const segment = fc.oneof(
  fc.constantFrom('sqlcoder_7b', 'lbwxxxd4_starcoder', 'StarCoder', 'Chatty', 'any-endpoint'),
  hostileText,
  hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc
  .tuple(fc.constantFrom('', '/prod', '/a/b', '//', hostilePrefix()), routePath, fc.option(segment))
  .map(([prefix, route, last]) => `${prefix}${route}${last ?? ''}`);

function hostilePrefix(): string {
  return `/${'x/'.repeat(2_000)}`;
}

const method = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('GET', 'POST', 'POST', 'POST') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('OPTIONS', 'HEAD', 'PUT', 'DELETE', 'get', 'TRACE', 'CONNECT', 'X'.repeat(64)),
  },
  { weight: 1, arbitrary: hostileText },
);

const headerNames = ['host', 'origin', 'request_id', 'content-type', 'content-length', 'transfer-encoding', 'expect'];
const forwarded = ['x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'x-request-id', 'via'];
const preflight = ['access-control-request-method', 'access-control-request-headers', 'idempotency-key', '__proto__'];
const headerName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...headerNames, ...forwarded, ...preflight) },
  { weight: 1, arbitrary: hostileText },
);
const headerValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(trapPlaceholder, allowedOrigin, 'chunked', '0', '999999', 'POST', 'a, b') },
  { weight: 3, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9_000 }).map((length) => 'h'.repeat(length)) },
);
const headers = fc.array(fc.tuple(headerName, headerValue), { maxLength: 5 });

const authorization = fc.oneof(
  fc.constantFrom(
    'Bearer ',
    'bearer demo',
    'Basic ZGVtbzpkZW1v',
    'bce-auth-v1/',
    'bce-auth-v1/demo/////',
    'Bearer a b',
  ),
  fc.constantFrom('bce-auth-v1/demo/2026-02-30T00:00:00Z/1800/host/x', `bce-auth-v1/demo/x/1/host/${'a'.repeat(64)}`),
  hostileText.map((text) => `Bearer ${text}`),
  hostileText.map((text) => `bce-auth-v1/${text}/2026-01-01T00:00:00Z/1800/host/${'a'.repeat(64)}`),
  hostileText,
);
const authorizationHeader = authorization.map((value): [string, string] => ['Authorization', value]);

const parameterName = fc.oneof(
  fc.constantFrom('access_token', 'access_token', 'client_id', 'client_secret', 'grant_type', 'authorization', 'a'),
  hostileText,
);
const parameterValue = fc.oneof(fc.constantFrom(tokenPlaceholder, 'demo', 'client_credentials'), hostileText);
const query = fc.array(fc.tuple(parameterName, parameterValue), { maxLength: 4 });
const payload = fc.constantFrom('1.0' as const, '2.0' as const);

/** Anything, from anyone. */
export const anyRequest: fc.Arbitrary<HostileRequest> = fc
  .record({ payload, method, path, query, headers, body: hostileBytes, own: fc.option(authorizationHeader) })
  .map(({ own, ...request }) => ({ ...request, headers: own === null ? request.headers : [...request.headers, own] }));

const fieldNames = ['temperature', 'top_k', 'top_p', 'penalty_score', 'stop', 'user_id', 'max_tokens', 'n', 'echo'];
const moreFields = ['seed', 'user', 'stream_options', 'best_of', 'suffix', 'logit_bias', '__proto__', 'constructor'];
const fields = fc.array(fc.tuple(fc.constantFrom(...fieldNames, ...moreFields), hostileValue), { maxLength: 2 });
const model = fc.oneof(fc.constantFrom('StarCoder', 'Chatty', 'sqlcoder_7b', 'any-endpoint'), hostileText);
const prompt = fc.oneof(hostileText, fc.array(hostileText, { minLength: 1, maxLength: 3 }));
const completionBody = fc
  .record({ model, prompt, stream: fc.constantFrom<unknown>(true, false, undefined, null), fields })
  .map(({ fields: more, ...body }) =>
    Buffer.from(JSON.stringify(Object.fromEntries([...Object.entries(body), ...more]))),
  );
const body = fc.oneof({ weight: 5, arbitrary: completionBody }, { weight: 1, arbitrary: hostileBytes });

/** Completions in each dialect from an authenticated client, so that most of them go upstream. */
export const provenRequest: fc.Arbitrary<HostileRequest> = fc
  .record({ payload, dialect: fc.constantFrom('token', 'signature', 'bearer'), model, segment, headers, query, body })
  .map(({ dialect, segment: endpoint, headers: more, query: own, ...request }): HostileRequest => {
    const rest = { ...request, method: 'POST' };
    if (dialect === 'bearer') {
      const key: [string, string] = ['Authorization', `Bearer ${fuzzClient.secret}`];
      return { ...rest, path: '/v1/completions', query: own, headers: [...more, key] };
    }
    const isSigned = dialect === 'signature';
    const others = own.filter(([name]) => name !== 'access_token');
    const signed: [string, string][] = isSigned ? [['Authorization', signaturePlaceholder]] : [];
    const token: [string, string][] = isSigned ? [] : [['access_token', tokenPlaceholder]];
    return { ...rest, path: `${v1Path}${endpoint}`, query: [...others, ...token], headers: [...more, ...signed] };
  });

/** Puts the trap's address, the token and the signature where their placeholders are. */
export function fillIn(request: HostileRequest, { trap, accessToken }: FuzzTarget): HostileRequest {
  const fill = (text: string): string =>
    text.replaceAll(trapPlaceholder, trap.host).replaceAll(tokenPlaceholder, accessToken);
  const fillPairs = (pairs: HostileRequest['query']) =>
    pairs.map(([name, value]) => [fill(name), fill(value)] as const);
  const filled = { ...request, path: fill(request.path), query: fillPairs(request.query) };
  const headersFilled = fillPairs(request.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  const proof = request.headers.find(([name]) => name === 'Authorization')?.[1];
  const text = request.body.includes(trapPlaceholder) ? Buffer.from(fill(request.body.toString())) : request.body;
  if (proof === undefined) return { ...filled, headers: headersFilled, body: text };
  if (proof !== signaturePlaceholder) {
    return { ...filled, headers: [...headersFilled, ['Authorization', fill(proof)]], body: text };
  }
  const host: [string, string] = ['host', 'gateway.example'];
  const withHost = [...headersFilled.filter(([name]) => name.toLowerCase() !== 'host'), host];
  const signature = signRequest(
    { method: filled.method, path: filled.path, query: filled.query, headers: [host] },
    { accessKeyId: fuzzClient.id, secretAccessKey: fuzzClient.secret },
    { timestampMs: Date.now(), signedHeaders: ['host'] },
  );
  return { ...filled, headers: [...withHost, ['Authorization', signature]], body: text };
}
