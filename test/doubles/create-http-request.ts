// An HttpRequest for one test: what the test is about is given, the rest is filled in.
import type { HttpRequest } from '../../lib/core/http.ts';

export interface HttpRequestParts {
  /** Default: GET. */
  readonly method?: string;
  /** Path with an optional query, whose values are percent-encoded. Default: `/`. */
  readonly target?: string;
  /** Default: empty. */
  readonly body?: string | Buffer;
  /** Default: `request-1`. */
  readonly requestId?: string;
}

export function createHttpRequest(parts: HttpRequestParts = {}): HttpRequest {
  const { method = 'GET', target = '/', body = '', requestId = 'request-1' } = parts;
  const [path = '', query = ''] = target.split('?');
  return {
    method,
    path,
    query: [...new URLSearchParams(query)],
    headers: {},
    body: Buffer.from(body),
    requestId,
  };
}
