// Turns an HTTP request into the event that an API Gateway REST API sends to its Lambda function.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { localAccountId } from './lambda-context.ts';

const proxyResource = '/{proxy+}';
const stage = 'local';

/**
 * Creates the proxy event, payload format 1.0, of a request to the resource `/{proxy+}` or `/`.
 *
 * - `path` is percent-encoded as sent; query names and values are decoded as forms are, so that `+` is a space.
 * - Header names keep the client's spelling. In the single-valued maps the last value wins.
 * - A body that is valid UTF-8 is passed as text, any other as base64, an empty one as null.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function createProxyEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEvent {
  const { path, query } = splitTarget(request.url ?? '/');
  const headers = collectValues(listHeaders(request), (name) => name.toLowerCase());
  const parameters = collectValues([...new URLSearchParams(query)], (name) => name);
  const isText = isUtf8(body);
  const proxyPath = path.replace(/^\//, '');
  const httpMethod = request.method ?? 'GET';
  const resource = proxyPath === '' ? '/' : proxyResource;
  return {
    resource,
    path,
    httpMethod,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: parameters.length === 0 ? null : lastValues(parameters),
    multiValueQueryStringParameters: parameters.length === 0 ? null : Object.fromEntries(parameters),
    pathParameters: proxyPath === '' ? null : { proxy: proxyPath },
    stageVariables: null,
    requestContext: createRequestContext(request, { httpMethod, path, resource }),
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}

type NameAndValue = readonly [name: string, value: string];
type NameAndValues = readonly [name: string, values: string[]];

/** Request targets are a path with a query or, towards a proxy, a whole URL. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.replace(/^https?:\/\/[^/?]*/i, '');
  const queryStart = local.indexOf('?');
  const path = queryStart === -1 ? local : local.slice(0, queryStart);
  return { path: path === '' ? '/' : path, query: queryStart === -1 ? '' : local.slice(queryStart + 1) };
}

function listHeaders({ rawHeaders }: IncomingMessage): NameAndValue[] {
  const list: NameAndValue[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    list.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  return list;
}

/** Gathers the values of names that have the same key, under the first spelling of the name. */
function collectValues(entries: readonly NameAndValue[], toKey: (name: string) => string): NameAndValues[] {
  const byKey = new Map<string, NameAndValues>();
  for (const [name, value] of entries) {
    const key = toKey(name);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [name, [value]]);
    else known[1].push(value);
  }
  return [...byKey.values()];
}

function lastValues(entries: readonly NameAndValues[]): Record<string, string> {
  return Object.fromEntries(entries.map(([name, values]) => [name, values.at(-1) ?? '']));
}

function createRequestContext(
  request: IncomingMessage,
  { httpMethod, path, resource }: { httpMethod: string; path: string; resource: string },
): APIGatewayProxyEvent['requestContext'] {
  return {
    accountId: localAccountId,
    apiId: 'local',
    authorizer: null,
    domainName: request.headers.host,
    httpMethod,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.socket.remoteAddress ?? '',
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
    path,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: randomUUID(),
    requestTimeEpoch: Date.now(),
    resourceId: 'local',
    resourcePath: resource,
    stage,
  };
}
