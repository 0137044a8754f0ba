// Authenticates callers of the V1 side, by an access_token that the simulator issued or by a bce-auth-v1 signature.
import type { SignableRequest } from '../../lib/signing/canonical-request.ts';
import { parseAuthorization } from '../../lib/signing/parse-authorization.ts';
import { verifyAuthorization } from '../../lib/signing/verify.ts';
import type { Verification } from '../../lib/signing/verify.ts';
import type { OauthTokens } from './oauth-tokens.ts';
import { queryValues } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Simulation } from './simulation.ts';

export type V1Caller =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'iam' }
  | { readonly kind: 'refused'; readonly errorCode: 14 | 100 | 110 | 111 };

export type SignatureVerdict = Verification | 'missing' | 'unknown_access_key';

const tokenErrorCodes = { malformed: 100, unknown: 110, expired: 111 } as const;

/** Authenticates a model call: by its signature if it has one, otherwise by its `access_token`. */
export function authenticateV1(exchange: Exchange, simulation: Simulation): V1Caller {
  const verdict = checkSignature(exchange, simulation);
  if (verdict === 'missing') return authenticateByToken(exchange, simulation.tokens);
  return verdict === 'valid' ? { kind: 'iam' } : { kind: 'refused', errorCode: 14 };
}

/** Verifies the bce-auth-v1 signature of a request; `missing` if it has no Authorization header or one of another scheme. */
export function checkSignature({ request, path, query }: Exchange, { iamClients, now }: Simulation): SignatureVerdict {
  const authorization = parseAuthorization(request.headers.authorization ?? '');
  if (authorization === 'not_bce_auth_v1') return 'missing';
  if (typeof authorization === 'string') return 'malformed';
  const client = iamClients.find(({ accessKey }) => accessKey === authorization.accessKeyId);
  if (client === undefined) return 'unknown_access_key';
  const signed = { method: request.method ?? '', path, query, headers: headerPairs(request.rawHeaders) };
  return verifyAuthorization(authorization, signed, client.secretKey, now());
}

function authenticateByToken(exchange: Exchange, tokens: OauthTokens): V1Caller {
  const [token = '', ...others] = queryValues(exchange, 'access_token');
  if (others.length > 0) return { kind: 'refused', errorCode: 100 };
  if (token === '') return { kind: 'refused', errorCode: 110 };
  const verdict = tokens.judge(token);
  return verdict === 'valid' ? { kind: 'token', token } : { kind: 'refused', errorCode: tokenErrorCodes[verdict] };
}

/** Names and values alternate in `rawHeaders`. */
function headerPairs(rawHeaders: readonly string[]): SignableRequest['headers'] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.map((name, index) => [name, rawHeaders[index * 2 + 1] ?? ''] as const);
}
