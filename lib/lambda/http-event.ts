// HTTP events of Lambda's front doors as HttpRequest: REST API (payload 1.0), HTTP API and function URL (payload 2.0).
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpRequest } from '../http.ts';

export type HttpEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

/** Reads an event; undefined when it is none of HTTP. */
export function decodeHttpEvent(event: HttpEvent): HttpRequest | undefined {
  // Whoever may invoke the function can send it anything.
  if (typeof event !== 'object' || event === null) return undefined;
  if ('httpMethod' in event) return event.requestContext?.requestId === undefined ? undefined : decodeRestEvent(event);
  if ('rawPath' in event)
    return event.requestContext?.http?.method === undefined ? undefined : decodeHttpApiEvent(event);
  return undefined;
}

function decodeRestEvent(event: APIGatewayProxyEvent): HttpRequest {
  return {
    method: event.httpMethod.toUpperCase(),
    // What the caller sent, and signed: `event.path` lacks the stage.
    path: event.requestContext.path || event.path,
    query: decodeRestQuery(event),
    headers: decodeHeaders(event.multiValueHeaders ?? event.headers ?? {}),
    body: decodeBody(event),
    requestId: event.requestContext.requestId,
  };
}

function decodeRestQuery(event: APIGatewayProxyEvent): (readonly [string, string])[] {
  const lists = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {};
  return Object.entries(lists).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): readonly [string, string] => [name, value]),
  );
}

function decodeHttpApiEvent(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    method: event.requestContext.http.method.toUpperCase(),
    path: event.rawPath,
    query: [...new URLSearchParams(event.rawQueryString)],
    headers: decodeHeaders(event.headers ?? {}),
    body: decodeBody(event),
    requestId: event.requestContext.requestId,
  };
}

function decodeHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  // Names come from the caller: an object without a prototype has no name that means something else.
  const decoded = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) decoded[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return decoded;
}

function decodeBody({ body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean }): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}
