// The OAuth token endpoint, as Baidu's: clients exchange id and secret for an access_token.
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import type { Clock } from '../core/clock.ts';
import { issueAccessToken, tokenLifetimeSeconds } from '../access/issued-token.ts';
import { isSameSecret } from '../access/clients.ts';
import type { ClientRegistry } from '../access/clients.ts';
import { createJsonResponse, retryAfterHeader } from '../core/json-response.ts';
import { readBodyText } from './body-text.ts';
import type { Route } from './router.ts';

/** In bytes. Id and secret have a few hundred. */
const longestForm = 65_536;
/** RFC 6749, section 5.2. */
const oauthCodes: Partial<Record<ErrorCode, string>> = {
  invalid_client: 'invalid_client',
  invalid_argument: 'unsupported_grant_type',
};
const uncached = { 'Cache-Control': 'no-store' } as const;

/**
 * Creates the route: `GET` or `POST`, parameters in the query, or in the body of a `POST` whose Content-Type is that of a form
 * (RFC 6749, section 4.4.2); any other body is passed over. Failures are 401 with the two descriptions
 * that Baidu's SDKs know (https://cloud.baidu.com/doc/WENXINWORKSHOP/s/Ilkkrb0i5).
 */
export function createOauthRoute(clients: ClientRegistry, clock: Clock): Route {
  return {
    pattern: '/oauth/2.0/token',
    dialect: 'plain',
    // As at Baidu: a page that sends a client_secret would show it to everybody who opens the page.
    isForBrowsers: false,
    methods: ['GET', 'POST'],
    encodeError: encodeOauthError,
    handle: async (request, { record, signal }) => {
      const parameters = readParameters(request);
      if (parameters.get('grant_type') !== 'client_credentials') {
        const where = parameters.has('grant_type') ? '' : '; it is read from the query or a form body';
        throw new GatewayError('invalid_argument', `grant_type must be client_credentials${where}`);
      }
      const id = parameters.get('client_id') ?? '';
      const client = (await clients.find(id, signal)) ?? (await clients.find(restorePlus(id), signal));
      if (client === undefined) throw new GatewayError('invalid_client', 'unknown client id');
      record.clientId = client.id;
      const secret = parameters.get('client_secret') ?? '';
      if (!isSameSecret(secret, client.secret) && !isSameSecret(restorePlus(secret), client.secret)) {
        throw new GatewayError('invalid_client', 'Client authentication failed');
      }
      const token = {
        access_token: issueAccessToken(client, clock.now()),
        expires_in: tokenLifetimeSeconds,
        scope: 'public',
      };
      return createJsonResponse(200, token, uncached);
    },
  };
}

/** The query wins over the form. If the query has all parameters, the body is not read. */
function readParameters(request: HttpRequest): ReadonlyMap<string, string> {
  const query = new Map(request.query);
  const isWhole = ['grant_type', 'client_id', 'client_secret'].every((name) => query.has(name));
  return isWhole ? query : new Map([...readForm(request), ...query]);
}

function readForm(request: HttpRequest): Iterable<[name: string, value: string]> {
  const isForm = /^application\/x-www-form-urlencoded *(?:;|$)/i.test(request.headers['content-type'] ?? '');
  return request.method === 'POST' && isForm ? new URLSearchParams(readBodyText(request, longestForm)) : [];
}

/** The Node and Java SDKs send a "+" as it is, which arrives as a space. */
function restorePlus(value: string): string {
  return value.replaceAll(' ', '+');
}

function encodeOauthError(error: unknown, _request: HttpRequest): HttpResponse {
  const gatewayError = toGatewayError(error);
  const { code, status, message } = gatewayError;
  const oauthCode = oauthCodes[code] ?? (status < 500 ? 'invalid_request' : 'server_error');
  const headers = { ...uncached, ...retryAfterHeader(gatewayError) };
  return createJsonResponse(status, { error: oauthCode, error_description: message }, headers);
}
