// CORS: which pages of other origins may call the gateway from a browser. Only configured origins, never with cookies.
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import { createJsonResponse } from '../core/json-response.ts';

export interface Cors {
  /** Whether the request comes from a page of an allowed origin. */
  isAllowed(request: HttpRequest): boolean;
  /** The answer to a preflight; undefined if the request is not a preflight. */
  answerPreflight(request: HttpRequest): HttpResponse | undefined;
  /** The headers that let the page read an answer. */
  headersFor(request: HttpRequest): Readonly<Record<string, string>>;
}

/** The response headers that a page may read. */
const exposedHeaders = [
  'X-Request-Id',
  'X-Baidu-Request-Id',
  'X-Upstream',
  'X-Upstream-Fallback',
  'X-Ignored-Parameters',
  'Retry-After',
  'X-Should-Retry',
  'Idempotent-Replayed',
  ...['Requests', 'Tokens'].flatMap((unit) =>
    ['Limit', 'Remaining', 'Reset'].map((what) => `X-Ratelimit-${what}-${unit}`),
  ),
].join(', ');

/** A list of header names. A preflight may ask for any names; what is not of this form is not copied into the answer. */
const headerNames = /^[A-Za-z0-9_-]+(?: *, *[A-Za-z0-9_-]+)*$/;

/** Creates the rules for exact origins such as `https://app.example`. Without any, no page may read an answer. */
export function createCors(allowedOrigins: readonly string[]): Cors {
  const allowed = new Set(allowedOrigins);
  const isAllowed = ({ headers }: HttpRequest): boolean => allowed.has(headers['origin'] ?? '');

  const headersFor = (request: HttpRequest): Record<string, string> => {
    if (allowed.size === 0) return {};
    // A cache must not serve to one origin an answer that was made for another.
    const vary = { Vary: 'Origin' };
    if (!isAllowed(request)) return vary;
    const origin = request.headers['origin'] ?? '';
    return { ...vary, 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposedHeaders };
  };

  return {
    isAllowed,
    headersFor,
    answerPreflight: (request) => {
      const { headers, method } = request;
      if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
      if (!isAllowed(request)) {
        const message = 'The origin is not allowed; the operator can add it to ALLOWED_ORIGINS';
        return createJsonResponse(403, { error: { code: 'origin_not_allowed', message } }, headersFor(request));
      }
      const requested = headers['access-control-request-headers'] ?? '';
      return {
        status: 204,
        headers: {
          ...headersFor(request),
          'Access-Control-Allow-Methods': 'GET, POST',
          ...(headerNames.test(requested) ? { 'Access-Control-Allow-Headers': requested } : {}),
          'Access-Control-Max-Age': '600',
        },
        body: '',
      };
    },
  };
}
