// Finds the route of a path, under whatever stage or base path prefix it comes.
import type { HttpCall, HttpRequest, HttpResponse } from '../http.ts';
import type { RequestRecord } from './request-record.ts';

export interface RouteCall extends HttpCall {
  readonly record: RequestRecord;
}

export interface Route {
  /** Segments such as `/oauth/2.0/token`; `{…}` stands for one segment of any content. */
  readonly pattern: string;
  /** `parameter` is the decoded content of the `{…}` segment, empty when there is none. Throws GatewayError. */
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
