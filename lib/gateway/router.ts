// Finds the route of a path, under whatever stage or base path prefix it comes, and asks it by its methods alone.
import { GatewayError } from '../errors.ts';
import type { HttpCall, HttpRequest, HttpResponse } from '../http.ts';
import type { RequestRecord } from './request-record.ts';

export interface RouteCall extends HttpCall {
  readonly record: RequestRecord;
}

export interface Route {
  /** Segments such as `/oauth/2.0/token`; `{…}` stands for one segment of any content. */
  readonly pattern: string;
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
      return { route, parameter: decodeSegment(tail[pattern.findIndex(isParameter)] ?? '') };
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
