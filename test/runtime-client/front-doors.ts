// The events that each of Lambda's HTTP front doors makes of a request, and what its caller gets of the outcome.
import type { HttpRequest } from '../../lib/core/http.ts';
import { createHttpApiEvent, createRestEvent, createTestInvokeEvent } from '../doubles/create-http-events.ts';
import type { Outcome } from './invocation.ts';

export interface FrontDoor {
  readonly name: string;
  /** What stands before the path in the URL that is called. */
  readonly prefix: string;
  /** @param request As the caller sent it; the path begins with the prefix. */
  createEvent(request: DoorRequest): unknown;
}

export interface DoorRequest extends Pick<HttpRequest, 'method' | 'path' | 'query'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface DoorAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const cookies = ['theme=dark', 'session=1'];

/** Every front door, under the addresses it can have. */
export const frontDoors: readonly FrontDoor[] = [
  {
    name: 'a REST API at its own address',
    prefix: '/prod',
    createEvent: (request) => createRestPayload(request, { path: request.path.slice('/prod'.length) }),
  },
  {
    name: 'a REST API under a base path of a custom domain',
    prefix: '/qianfan',
    createEvent: (request) => createRestPayload(request, { path: request.path }),
  },
  {
    name: "the console's test of a REST API, which knows no stage",
    prefix: '',
    createEvent: (request) => {
      const { requestContext, ...payload } = createRestPayload(request, { path: request.path });
      const { path, stage } = createTestInvokeEvent({ path: request.path }).requestContext;
      return { ...payload, requestContext: { ...requestContext, path, stage } };
    },
  },
  {
    name: 'an HTTP API with the stage $default',
    prefix: '',
    createEvent: (request) => createHttpApiPayload(request, '$default', { isBase64Encoded: false }),
  },
  {
    name: 'an HTTP API with a named stage',
    prefix: '/prod',
    createEvent: (request) => createHttpApiPayload(request, 'prod', { isBase64Encoded: false }),
  },
  {
    name: 'a function URL, which encodes the body in base64',
    prefix: '',
    createEvent: (request) => createHttpApiPayload(request, '$default', { isBase64Encoded: true }),
  },
];

function createRestPayload({ method, path: called, query, headers, body }: DoorRequest, { path }: { path: string }) {
  const event = createRestEvent({ path, httpMethod: method });
  // As the caller wrote them, but each once.
  const given = Object.entries({ ...headers, Cookie: cookies.join('; ') });
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const usual = Object.entries(event.headers).filter(([name]) => !names.has(name.toLowerCase()));
  const sent = Object.fromEntries([...usual, ...given]);
  return {
    ...event,
    requestContext: { ...event.requestContext, path: called },
    headers: sent,
    multiValueHeaders: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : groupValues(query),
    body: body.length === 0 ? null : body.toString(),
  };
}

/** Every value of a name that comes twice. */
function groupValues(query: DoorRequest['query']): Readonly<Record<string, string[]>> {
  const groups = Map.groupBy(query, ([name]) => name);
  return Object.fromEntries([...groups].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));
}

function createHttpApiPayload(
  { method, path, query, headers, body }: DoorRequest,
  stage: string,
  { isBase64Encoded }: { isBase64Encoded: boolean },
) {
  const event = createHttpApiEvent({ rawPath: path }, method);
  const pairs = query.map(([name, value]) => [name, value].map(encodeURIComponent).join('='));
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...event,
    requestContext: { ...event.requestContext, stage },
    rawQueryString: pairs.join('&'),
    ...(query.length === 0 ? {} : { queryStringParameters: joinValues(query) }),
    headers: { ...event.headers, ...Object.fromEntries(lowerCase) },
    cookies,
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded: isBase64Encoded && body.length > 0,
  };
}

function joinValues(query: DoorRequest['query']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(groupValues(query)).map(([name, values]) => [name, values.join(',')]));
}

const integrationResponse = 'application/vnd.awslambda.http-integration-response';

/**
 * What the caller gets. API Gateway wants a JSON prelude, eight NULs and the body.
 *
 * @throws Error when the caller would get 502, or an answer that breaks off.
 */
export function readDoorAnswer(outcome: Outcome): DoorAnswer {
  if (outcome.how !== 'streamed') throw new Error(`The invocation ended in another way: ${JSON.stringify(outcome)}`);
  if (outcome.error !== undefined) throw new Error(`The answer breaks off with ${outcome.error.errorType}`);
  const prelude = outcome.body.indexOf(Buffer.alloc(8));
  if (outcome.contentType !== integrationResponse || prelude === -1) throw new Error('The answer has no prelude');
  const { statusCode, headers } = JSON.parse(outcome.body.toString('utf8', 0, prelude)) as {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
  };
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status: statusCode,
    headers: Object.fromEntries(lowerCase) as DoorAnswer['headers'],
    body: outcome.body.toString('utf8', prelude + 8),
  };
}
