// Matches a path to a route, ignoring a stage or base path, and refuses methods the route does not serve.
import { GatewayError } from '../core/errors.ts';
import type { HttpCall, HttpRequest, HttpResponse } from '../core/http.ts';
import type { AnswerListener } from '../guards/guard.ts';
import type { StreamProgress } from './deliver.ts';
import type { RequestRecord } from './request-record.ts';

/** The name of a codec's dialect, or `plain` for a route that belongs to none. */
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
  /** Whether the `{…}` at the end stands for all segments that are left, for a name may have slashes. Default: false. */
  readonly takesRest?: boolean;
  readonly dialect: Dialect;
  /** The methods it answers; where GET is one, HEAD is another ({@link callRoute}). */
  readonly methods: readonly ('GET' | 'POST')[] | 'any';
  /**
   * Gets requests of these methods only. `parameter` is the decoded content of the segments that `{…}` stands for, empty when there is none.
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
 * one that covers most segments wins. Undefined when none does.
 */
export function createRouter(routes: readonly Route[]): (path: string) => RouteMatch | undefined {
  const table = routes.map((route) => ({ route, pattern: route.pattern.split('/').slice(1) }));

  return (path) => {
    const segments = path.split('/').slice(1);
    const [longest] = table
      .flatMap(({ route, pattern }) => {
        const tail = findTail(segments, pattern, route.takesRest);
        return tail === undefined ? [] : [{ route, pattern, tail }];
      })
      .toSorted((one, other) => other.tail.length - one.tail.length);
    if (longest === undefined) return undefined;
    const { route, pattern, tail } = longest;
    const index = pattern.findIndex(isParameter);
    const end = route.takesRest === true ? undefined : index + 1;
    const parameter = index === -1 ? '' : decodeParameter(tail.slice(index, end).join('/'));
    return { route, path: `/${tail.join('/')}`, parameter };
  };
}

/** The segments at the end of a path that a pattern matches, as many as possible; undefined when there are none. */
function findTail(
  segments: readonly string[],
  pattern: readonly string[],
  takesRest = false,
): readonly string[] | undefined {
  const first = segments.length - pattern.length;
  for (let start = takesRest ? 0 : first; start >= 0 && start <= first; start += 1) {
    const isMatch = pattern.every((expected, index) => isParameter(expected) || expected === segments[start + index]);
    if (isMatch) return segments.slice(start);
  }
  return undefined;
}

/**
 * Has a route answer. A HEAD is answered like a GET; the gateway then leaves out the body.
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
function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
