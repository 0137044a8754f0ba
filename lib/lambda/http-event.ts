// HTTP events of Lambda's front doors as HttpRequest: REST API (payload 1.0), HTTP API and function URL (payload 2.0).
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpRequest } from '../core/http.ts';
import { isJsonObject } from '../core/json.ts';

export type HttpEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

type Fields = Readonly<Record<string, unknown>>;
type Lists = readonly (readonly [name: string, values: readonly string[]])[];

/** The parts of an event that make a request, not yet checked. */
interface Parts {
  readonly method: unknown;
  readonly path: unknown;
  readonly query: Lists | undefined;
  readonly headers: Lists | undefined;
  readonly requestId: unknown;
}

/** A method is a token (RFC 9110, 9.1); it comes up in messages and logs. */
const methodForm = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
/** The request id is sent back in a header. */
const requestIdForm = /^[\x21-\x7e]{1,256}$/;

/**
 * Reads an event; undefined when it is not an HTTP event. Whoever may invoke the function can send it anything, so
 * every field is checked, whatever the type of the event says.
 */
export function decodeHttpEvent(event: HttpEvent): HttpRequest | undefined {
  const fields: unknown = event;
  if (!isJsonObject(fields)) return undefined;
  const parts =
    'httpMethod' in fields ? readRestParts(fields) : 'rawPath' in fields ? readHttpApiParts(fields) : undefined;
  const body = decodeBody(fields);
  if (parts === undefined || body === undefined) return undefined;
  const { method, path, query, headers, requestId } = parts;
  if (typeof method !== 'string' || !methodForm.test(method)) return undefined;
  if (typeof requestId !== 'string' || !requestIdForm.test(requestId)) return undefined;
  if (typeof path !== 'string' || query === undefined || headers === undefined) return undefined;
  return {
    method: method.toUpperCase(),
    path,
    query: query.flatMap(([name, values]) => values.map((value): readonly [string, string] => [name, value])),
    headers: joinHeaders(headers),
    body,
    requestId,
  };
}

function readRestParts(event: Fields): Parts | undefined {
  const { requestContext } = event;
  if (!isJsonObject(requestContext)) return undefined;
  return {
    method: event['httpMethod'],
    path: readRestPath(requestContext, event['path']),
    query: readLists(event['multiValueQueryStringParameters'] ?? event['queryStringParameters']),
    headers: readLists(event['multiValueHeaders'] ?? event['headers']),
    requestId: requestContext['requestId'],
  };
}

/**
 * What the caller sent, and signed, is in the context: `event.path` lacks the stage. But the console's Test button and
 * `aws apigateway test-invoke-method` have no stage, and the resource's own path in the context (`/{proxy+}`).
 */
function readRestPath({ path, resourcePath }: Fields, eventPath: unknown): unknown {
  return path === resourcePath ? eventPath || path : path || eventPath;
}

function readHttpApiParts(event: Fields): Parts | undefined {
  const { requestContext, rawQueryString = '' } = event;
  if (!isJsonObject(requestContext) || !isJsonObject(requestContext['http'])) return undefined;
  return {
    method: requestContext['http']['method'],
    path: event['rawPath'],
    query:
      typeof rawQueryString === 'string'
        ? [...new URLSearchParams(rawQueryString)].map(([name, value]) => [name, [value]])
        : undefined,
    headers: readLists(event['headers']),
    requestId: requestContext['requestId'],
  };
}

/** The values of each name: a text, or an array of them. A map or a value of null is none. */
function readLists(map: unknown): Lists | undefined {
  if (map === undefined || map === null) return [];
  if (!isJsonObject(map)) return undefined;
  const lists = Object.entries(map).map(([name, values]): readonly [string, readonly unknown[]] => [
    name,
    [values ?? []].flat(),
  ]);
  return lists.every(isListOfTexts) ? lists : undefined;
}

function isListOfTexts(list: readonly [string, readonly unknown[]]): list is readonly [string, readonly string[]] {
  return list[1].every((value) => typeof value === 'string');
}

function joinHeaders(lists: Lists): Record<string, string> {
  // Names come from the caller: an object without a prototype has no name that means something else.
  const headers = Object.create(null) as Record<string, string>;
  for (const [name, values] of lists) {
    if (values.length > 0) headers[name.toLowerCase()] = values.join(', ');
  }
  return headers;
}

function decodeBody({ body, isBase64Encoded }: Fields): Buffer | undefined {
  const text = body ?? '';
  return typeof text === 'string' ? Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8') : undefined;
}
