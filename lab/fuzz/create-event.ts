// Creates the events that a front door of Lambda would make of a request.
import type { HostileRequest } from './hostile-requests.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** An event of a REST API (payload 1.0) or of an HTTP API (payload 2.0), as JSON holds it. */
export function createEvent(request: HostileRequest): Record<string, unknown> {
  const { payload, method, path, query, headers, body } = request;
  const requestId = 'fuzz-request';
  const shared = { body: body.toString('base64'), isBase64Encoded: true };
  if (payload === '1.0') {
    return {
      ...shared,
      httpMethod: method,
      path,
      headers: Object.fromEntries(headers),
      multiValueHeaders: gather(headers, (name) => name.toLowerCase()),
      queryStringParameters: Object.fromEntries(query),
      multiValueQueryStringParameters: gather(query, (name) => name),
      requestContext: { requestId, path, stage: 'prod' },
    };
  }
  const joined = Object.entries(gather(headers, (name) => name.toLowerCase()));
  return {
    ...shared,
    version: '2.0',
    rawPath: path,
    rawQueryString: new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString(),
    headers: Object.fromEntries(joined.map(([name, values]) => [name, values.join(',')])),
    requestContext: { requestId, http: { method, path } },
  };
}

function gather(pairs: Pairs, toKey: (name: string) => string): Record<string, string[]> {
  const groups = Map.groupBy(pairs, ([name]) => toKey(name));
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.map(([, value]) => value)]));
}
