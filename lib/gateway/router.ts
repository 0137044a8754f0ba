// Matches a path to a route, ignoring a stage or base path, and refuses methods the route does not serve.
import { GatewayError } from '../core/errors.ts';
import type { HttpCall, HttpRequest, HttpResponse } from '../core/http.ts';
import type { AnswerListener } from '../guards/guard.ts';
import type { StreamProgress } from './deliver.ts';
import type { RequestRecord } from './request-record.ts';

/** What a route is spoken to in: the name of a codec's dialect, or `plain` for a route outside any. */
export type Dialect = string;

/** What holds for one request, for its route and the guards before it. */
export interface RouteCall extends HttpCall {
  readonly dialect: Dialect;
  /** As of {@link RouteMatch}. */
  readonly path: string;
  /** What the log will say. Guards read usage and upstream there; nothing in it steers the answer. */
  readonly record: RequestRecord;
  /** What the caller is told in headers, however the request ends. Guards add to it. */
  readonly responseHeaders: Record<string, string>;
  /** Who hears of the answer. Guards add themselves. */
  readonly listeners: AnswerListener[];
  readonly progress: StreamProgress;
}

export interface Route {
  /** Segments such as `/oauth/2.0/token`; `{…}` stands for one segment of any content. */
  readonly pattern: string;
  readonly dialect: Dialect;
  /** The methods it answers; where GET is one, HEAD is another ({@link callRoute}). */
  readonly methods: readonly ('GET' | 'POST')[] | 'any';
  /**
   * Gets requests of these methods only. `parameter` is the decoded content of the `{…}` segment, empty when there is none.
   * Throws GatewayError.
   */
  readonly handle: (request: HttpRequest, call: RouteCall, parameter: string) => Promise<HttpResponse>;
  /** Whether pages of allowed origins may call it. */
  readonly isForBrowsers: boolean;
  /** Answers in the route's dialect with an error. */
  readonly encodeError: (error: unknown, request: HttpRequest) => HttpResponse;
}

export interface RouteMatch {
  readonly route: Route;
  /** The end of the path that the pattern matches, as sent: the path without a stage or a base path. */
  readonly path: string;
  readonly parameter: string;
}

/**
 * Creates the matcher. A pattern matches the end of the path, so `/prod/health` is `/health`; of several that match, the
 * longest wins. Undefined when none does.
 */
export function createRouter(routes: readonly Route[]): (path: string) => RouteMatch | undefined {
  const table = routes
    .map((route) => ({ route, segments: route.pattern.split('/').slice(1) }))
    .toSorted((a, b) => b.segments.length - a.segments.length);

  return (path) => {
    const segments = path.split('/').slice(1);
    for (const { route, segments: pattern } of table) {
      const tail = segments.slice(-pattern.length);
      if (tail.length !== pattern.length) continue;
      const isMatch = pattern.every((expected, index) => isParameter(expected) || expected === tail[index]);
      if (!isMatch) continue;
      const parameter = decodeSegment(tail[pattern.findIndex(isParameter)] ?? '');
      return { route, path: `/${tail.join('/')}`, parameter };
    }
    return undefined;
  };
}

/**
 * Has a route answer. A HEAD is answered as a GET; who sends the answer leaves its body out.
 *
 * @throws GatewayError what the route throws, and `invalid_http_method` for a method that is not of the route.
 */
export async function callRoute(
  { route, parameter }: RouteMatch,
  request: HttpRequest,
  call: RouteCall,
): Promise<HttpResponse> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (route.methods === 'any') return route.handle(request, call, parameter);
  if (!route.methods.some((each) => each === method)) {
    const message = `Invalid HTTP Method: ${request.method}; use ${route.methods.join(' or ')}`;
    throw new GatewayError('invalid_http_method', message);
  }
  return route.handle({ ...request, method }, call, parameter);
}

/** The methods of a route as the header `Allow` has them. */
export function listMethods({ methods }: Route): string {
  return methods === 'any'
    ? ''
    : methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

/** An ill-formed percent-encoding stays as it is: no name contains `%`, so the route will refuse it. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
